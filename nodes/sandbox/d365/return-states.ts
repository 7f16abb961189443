import { dateOf, find, linesOf, text, type Erp } from './erp';
import type { Row } from './odata-filter';
import { Refusal, sourceNoise } from './refusal';
import { cents, sum, taxOf } from './tax';

/** What a disposition does (A4.2). */
export interface DispositionEffect {
  credits: boolean;
  /** Where the goods end: back in stock, scrapped, sent to the customer again, or nothing comes back. */
  goods: 'stock' | 'scrap' | 'customer' | 'none';
  replaces: boolean;
}

const EFFECTS: Readonly<Record<string, DispositionEffect>> = {
  Credit: { credits: true, goods: 'stock', replaces: false },
  CreditOnly: { credits: true, goods: 'none', replaces: false },
  Scrap: { credits: true, goods: 'scrap', replaces: false },
  ReplaceCredit: { credits: true, goods: 'stock', replaces: true },
  ReplaceScrap: { credits: true, goods: 'scrap', replaces: true },
  ReturnToCust: { credits: false, goods: 'customer', replaces: false },
};

/** The effect of the disposition that a return line carries; null where it carries none. */
export function effectOf(erp: Erp, line: Row): DispositionEffect | null {
  const code = find(erp.data, 'ReturnDispositionCodes', {
    dataAreaId: line['dataAreaId'] ?? '',
    DispositionCode: text(line, 'ReturnDispositionCode'),
  });
  return code ? (EFFECTS[text(code, 'DispositionAction')] ?? null) : null;
}

export function isService(erp: Erp, line: Row): boolean {
  const key = { dataAreaId: line['dataAreaId'] ?? '', ItemNumber: text(line, 'ItemNumber') };
  return find(erp.data, 'ReleasedProductsV2', key)?.['ProductType'] === 'Service';
}

/** Goods may still arrive, and lines be written, on this return order (A4.1). */
export function isReceivable(erp: Erp, header: Row): boolean {
  return (
    erp.rules.receivable.includes(text(header, 'ReturnStatus')) &&
    header['IsReturnProcessingStopped'] !== 'Yes'
  );
}

export function requireReceivable(erp: Erp, header: Row, entity: string): void {
  if (isReceivable(erp, header)) return;
  throw new Refusal(entity, ['The return order cannot be changed in its status.'], sourceNoise('SalesTable'));
}

/** Changes a return line and its order with it: the order's status and totals follow its lines (A4.1). */
export function setLine(erp: Erp, line: Row, change: Row): Row {
  const kept = erp.data.table('ReturnOrderLinesV2').put({ ...line, ...change });
  recount(erp, kept);
  return kept;
}

/** Writes the status and the totals of an order anew; `of` is the order or a line of it. */
export function recount(erp: Erp, of: Row): void {
  const header = find(erp.data, 'ReturnOrderHeadersV2', {
    dataAreaId: of['dataAreaId'] ?? '',
    ReturnOrderNumber: text(of, 'ReturnOrderNumber'),
  });
  if (!header) return;
  const live = linesOf(erp.data, header).filter((line) => line['ReturnStatus'] !== 'Canceled');
  const { tax, total } = taxOf(
    erp.rules.tax,
    live.map((line) => taxed(erp, line)),
  );
  const charges = live.length === 0 ? 0 : chargesOf(erp, header, live);
  erp.data.table('ReturnOrderHeadersV2').put({
    ...header,
    ...statusOf(header, live),
    OrderTotalAmount: cents(total + charges),
    OrderTotalTaxAmount: tax,
    OrderTotalChargesAmount: charges,
  });
}

function statusOf(header: Row, live: readonly Row[]): Row {
  const current = text(header, 'ReturnStatus');
  if (current === 'Canceled' || live.length === 0) return {};
  const statuses = live.map((line) => text(line, 'ReturnStatus'));
  if (statuses.every((status) => status === 'Invoiced'))
    return { ReturnStatus: 'Closed', ReturnOrderStatus: 'Invoiced' };
  if (current !== 'Created' && current !== 'Open') return {};
  const delivered = statuses.every((status) => status === 'Received' || status === 'Invoiced');
  const begun = statuses.some((status) => status !== 'Awaiting');
  return {
    ReturnStatus: begun ? 'Open' : current,
    ReturnOrderStatus: delivered ? 'Delivered' : 'Backorder',
  };
}

/** The amount of a line with the tax group of its item. */
export function taxed(erp: Erp, line: Row): { amount: number; taxGroup: string } {
  const key = { dataAreaId: line['dataAreaId'] ?? '', ItemNumber: text(line, 'ItemNumber') };
  const product = find(erp.data, 'ReleasedProductsV2', key);
  return { amount: Number(line['LineAmount']), taxGroup: text(product, 'SalesSalesTaxItemGroupCode') };
}

/** Charges by the codes of the order and of its lines (A4). */
export function chargesOf(erp: Erp, header: Row, lines: readonly Row[]): number {
  const { byReason, byDisposition } = erp.rules.charges;
  return sum([
    byReason[text(header, 'CustomerReturnReasonCode')] ?? 0,
    ...lines.map((line) => byDisposition[text(line, 'ReturnDispositionCode')] ?? 0),
  ]);
}

/**
 * Takes a part of a line away into a line of its own, with a new lot (A4). Quantities are positive here. The amount
 * is shared out so that both parts together come to what the line was.
 */
export function splitLine(erp: Erp, line: Row, quantity: number): { kept: Row; part: Row } {
  const whole = -Number(line['ReturnSalesQuantity']);
  const amount = Number(line['LineAmount']);
  const share = cents((amount * quantity) / whole);
  const header = find(erp.data, 'ReturnOrderHeadersV2', {
    dataAreaId: line['dataAreaId'] ?? '',
    ReturnOrderNumber: text(line, 'ReturnOrderNumber'),
  });
  const next = Math.max(
    ...linesOf(erp.data, header ?? line).map((sibling) => Number(sibling['LineCreationSequenceNumber'])),
  );
  const kept = setLine(erp, line, {
    ReturnSalesQuantity: decimal(quantity - whole),
    LineAmount: cents(amount - share),
  });
  const part = setLine(erp, line, {
    ReturnInventoryLotId: erp.numbers.lot(),
    LineCreationSequenceNumber: next + 1,
    ReturnSalesQuantity: decimal(-quantity),
    LineAmount: share,
    ReturnStatus: 'Awaiting',
  });
  return { kept, part };
}

/** Quantities are decimals in the ERP, without what their binary form adds. */
function decimal(quantity: number): number {
  return Math.round(quantity * 1e6) / 1e6;
}

/** Cancels an order that nothing has arrived for; it is the only one that may be (A4.1). */
export function cancelOrder(erp: Erp, header: Row): void {
  if (header['ReturnStatus'] !== 'Created') {
    throw new Refusal(
      'SalesTable',
      [
        `Return order ${text(header, 'ReturnOrderNumber')} cannot be cancelled in status ${text(header, 'ReturnStatus')}.`,
      ],
      sourceNoise('SalesTable'),
    );
  }
  erp.data.table('ReturnOrderHeadersV2').put({
    ...header,
    ReturnStatus: 'Canceled',
    ReturnOrderStatus: 'Canceled',
  });
  for (const line of linesOf(erp.data, header)) {
    erp.data
      .table('ReturnOrderLinesV2')
      .put({ ...line, ReturnStatus: 'Canceled', ReturnClosedDate: dateOf(erp) });
  }
}
