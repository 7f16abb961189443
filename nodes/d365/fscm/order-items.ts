import type { ErpItem } from '../../returns/erp-connector';
import type { Problem } from '../../returns/posting-checks';
import { forbiddingStates, judgeItem, PROCESS_FIELDS } from './items';
import { NAMES } from './names';
import { and, anyOf, eq, inChunks, listPath } from './odata';
import { numberOf, textOf, type D365Row } from './rows';

/** An item that a return order names, as far as its lines depend on it. */
export interface OrderItem {
  itemNumber: string;
  /** By which units and invoices know it. */
  productNumber: string;
  isService: boolean;
  /** Tax group of the item. */
  taxGroup: string;
  unit: string;
  state: ErpItem['state'];
  reason: string | null;
  /** In the company's currency; 0 where it is not asked for. */
  unitCost: number;
}

/** Items by their number in lower case. */
export type OrderItems = ReadonlyMap<string, OrderItem>;

/** Addresses of what is read of items, so that it can travel in a batch with other reads. */
export function itemPaths(company: string, items: readonly string[], costField: string): string[] {
  const chunks = inChunks([...new Set(items)], 'ItemNumber');
  const filterOf = (chunk: readonly string[]): string =>
    and(eq('dataAreaId', company), anyOf('ItemNumber', chunk));
  const select = [...NAMES.ReleasedProductsV2, ...(costField === '' ? [] : [costField])];
  return [
    ...chunks.map((chunk) => listPath('ReleasedProductsV2', { filter: filterOf(chunk), select })),
    ...chunks.map((chunk) =>
      listPath('ProductDefaultOrderSettings', {
        filter: filterOf(chunk),
        select: NAMES.ProductDefaultOrderSettings,
      }),
    ),
    ...(chunks.length === 0 ? [] : [listPath('ProductLifecycleStateProcesses', { select: PROCESS_FIELDS })]),
  ];
}

/** The items in the answers to these addresses, in the same order. */
export function itemsIn(answers: readonly (readonly D365Row[])[], costField: string): OrderItems {
  const rules = answers.at(-1) ?? [];
  const half = (answers.length - 1) / 2;
  const settings = new Map(
    answers.slice(half, -1).flatMap((rows) => rows.map((row) => [keyOf(row), row] as const)),
  );
  const forbidden = forbiddingStates(rules);
  return new Map(
    answers
      .slice(0, Math.max(0, half))
      .flat()
      .map((row) => {
        const key = keyOf(row);
        const { state, reason } = judgeItem(key, row, settings.get(key), forbidden, '');
        const item: OrderItem = {
          itemNumber: textOf(row, 'ItemNumber'),
          productNumber: textOf(row, 'ProductNumber'),
          isService: textOf(row, 'ProductType') === 'Service',
          taxGroup: textOf(row, 'SalesSalesTaxItemGroupCode'),
          unit: textOf(row, 'SalesUnitSymbol'),
          state,
          reason,
          unitCost: costField === '' ? 0 : numberOf(row, costField),
        };
        return [key, item] as const;
      }),
  );
}

const CODES = { unknown: 'sku-unknown', blocked: 'sku-blocked', discontinued: 'sku-discontinued' } as const;

/** Items of lines that the ERP would refuse, told before any call; null where it takes all of them. */
export function stoppedItem(
  lines: readonly { line: { id: string; sku: string | null }; itemNumber: string }[],
  items: OrderItems,
): Problem | null {
  for (const { line, itemNumber } of lines) {
    const item = items.get(itemNumber.toLowerCase());
    const state = item?.state ?? 'unknown';
    if (state === 'active') continue;
    const reason = item?.reason ?? null;
    return {
      code: CODES[state],
      what: reason === null ? itemNumber : `${itemNumber} (${reason})`,
      lines: [{ lineId: line.id, sku: line.sku, field: 'sku', received: reason ?? itemNumber }],
    };
  }
  return null;
}

function keyOf(row: D365Row): string {
  return textOf(row, 'ItemNumber').toLowerCase();
}
