import type { ReturnOrderOutcome } from '../documents';
import type { Problem } from '../../returns/posting-checks';
import { eq } from '../fscm/odata';
import type { EarlierReturn } from '../fscm/orders';
import { numberOf, textOf, type D365Row } from '../fscm/rows';
import { LedgerError } from '../../returns/failure';
import { currencyDecimals } from '../../returns/money';
import { faultPoint } from '../../store/fault-point';
import { DraftWork, exception, type Facts } from './draft-work';
import { expectedTotals, type DraftRow } from './draft-rows';
import { numberTaken } from './draft-problems';
import { evenRows } from './even-rows';
import { holdsRow, linesOf, openReturns, ordersNumbered, RETURN_ORDER, wordsOf } from './order-page';
import { ORDER_ROUTE } from './portion';
import { setPath } from './query';
import type { BcSale } from './sales';

/**
 * Makes a sales return order instead of a draft credit memo, through the pages that a partner has published (B6, B-6): the
 * header, then its lines, each by a call of its own. What a try before this one has made is found by the external number and
 * completed; a line that nobody planned is a person's, and nothing is done then.
 */
export class OrderWork extends DraftWork {
  protected override openElsewhere(sale: BcSale, own: ReadonlySet<string>): Promise<EarlierReturn[]> {
    const { client, settings } = this.parts;
    return openReturns(client, settings, sale, own, this.signal);
  }

  /** Reasons are of the lines here, and have a table of their own (B5). */
  protected override missing(facts: Facts): Problem | null {
    return super.missing({ ...facts, reason: { id: 'of the lines' } });
  }

  protected override async create(
    _facts: Facts,
    planned: readonly DraftRow[],
    sale: BcSale,
    external: string,
  ): Promise<ReturnOrderOutcome> {
    const { client, settings } = this.parts;
    const unknown = await this.unknownReason();
    if (unknown) return exception(unknown);
    const rows = evenRows(planned, sale.currency);
    const held = await ordersNumbered(client, settings, external, sale.customer, this.signal);
    if (held.length > 1) {
      const what = held.map((row) => `return order ${textOf(row, 'No')}`).join(', ');
      return exception({ code: 'document-ambiguous', what, lines: [] });
    }
    const [found] = held;
    try {
      const header = found ?? (await this.makeHeader(sale, external));
      const lined = await this.makeLines(textOf(header, 'No'), rows, sale);
      if ('problem' in lined) return exception(lined.problem);
      return await this.finishOrder(header, lined.rows, sale, { external, created: found === undefined });
    } catch (thrown) {
      if (thrown instanceof LedgerError && thrown.code === 'd365-number-taken') {
        return exception(numberTaken(external, thrown));
      }
      throw thrown;
    }
  }

  private async makeHeader(sale: BcSale, external: string): Promise<D365Row> {
    const { client, settings } = this.parts;
    const { event, policy } = this.posting;
    const header = {
      Document_Type: RETURN_ORDER,
      Sell_to_Customer_No: sale.customer,
      External_Document_No: external,
      Posting_Date: event.occurredAt.slice(0, 10),
      Location_Code: policy.warehouse,
    };
    const made = await this.attempt.write((assertAlive) => {
      assertAlive();
      return client.create({ page: settings.bcReturnOrderPage }, header, this.signal);
    });
    await this.attempt.record('order', { number: textOf(made, 'No') });
    faultPoint('header-before-lines');
    return made;
  }

  /** Makes the lines that are not there yet; gives the plan with the number of each line. */
  private async makeLines(
    order: string,
    rows: readonly DraftRow[],
    sale: BcSale,
  ): Promise<{ rows: DraftRow[] } | { problem: Problem }> {
    const { client, settings } = this.parts;
    const all = await linesOf(client, settings, order, this.signal);
    const open = all.filter((line) => textOf(line, 'Type') === 'Item');
    this.attempt.lookedUp();
    const placed = rows.map((row) => {
      const at = open.findIndex((line) => holdsRow(line, row, variantOf(row, sale), sale.currency));
      const [line] = at < 0 ? [] : open.splice(at, 1);
      return { row, line };
    });
    const [strange] = open;
    if (strange) {
      const lines = open.map((line) => ({
        sku: textOf(line, 'No'),
        field: 'line',
        expected: 'nothing',
        received: wordsOf(line),
      }));
      return { problem: { code: 'document-conflict', what: `return order ${order}`, lines } };
    }
    const entries = await this.entriesOf(rows, sale);
    const made: DraftRow[] = [];
    for (const { row, line } of placed) {
      const body = this.lineOf(order, row, sale, entries.get(row));
      const there =
        line ??
        (await this.attempt.write((assertAlive) => {
          assertAlive();
          return client.create({ page: settings.bcReturnLinesPage }, body, this.signal);
        }));
      made.push({ ...row, lineNo: numberOf(there, 'Line_No') });
    }
    return { rows: made };
  }

  private lineOf(order: string, row: DraftRow, sale: BcSale, entry: number | undefined): D365Row {
    const { event, reasons, policy } = this.posting;
    const reason = event.lines.find(({ id }) => id === row.line)?.reason.code ?? '';
    const code = row.fee ? undefined : reasons.get(reason);
    const variant = variantOf(row, sale);
    return {
      Document_Type: RETURN_ORDER,
      Document_No: order,
      Type: 'Item',
      No: row.item,
      ...(variant === '' ? {} : { Variant_Code: variant }),
      ...(row.fee ? {} : { Location_Code: policy.warehouse }),
      ...(row.unit === '' ? {} : { Unit_of_Measure_Code: row.unit }),
      Quantity: row.quantity,
      Unit_Price: row.base / row.quantity / 10 ** currencyDecimals(sale.currency),
      ...(code === undefined ? {} : { Return_Reason_Code: code }),
      ...(entry === undefined ? {} : { Appl_from_Item_Entry: entry }),
    };
  }

  /**
   * The item ledger entry of the sale for each line, where exactly one stands for it (R105): then the goods come back at the
   * cost that they were sold at. Which variant an entry is of is not told, so an item in several variants has none.
   */
  private async entriesOf(rows: readonly DraftRow[], sale: BcSale): Promise<Map<DraftRow, number>> {
    const { client, settings } = this.parts;
    const found = new Map<DraftRow, number>();
    const goods = rows.filter(({ fee }) => !fee);
    if (!settings.bcExactCost || goods.length === 0) return found;
    const order = textOf(sale.shipTo, 'orderNumber');
    const [shipments = []] =
      order === ''
        ? []
        : await client.readTogether(
            [setPath('salesShipments', { filter: eq('orderNumber', order) })],
            this.signal,
          );
    const numbers = [...sale.invoices, ...shipments.map((row) => ({ number: textOf(row, 'number') }))];
    const entries = await client.readTogether(
      numbers.map(({ number }) => setPath('itemLedgerEntries', { filter: eq('documentNumber', number) })),
      this.signal,
    );
    for (const row of goods) {
      const variants = new Set(
        sale.lines.filter(({ number }) => number === row.item).map(({ variantId }) => variantId),
      );
      const sold = entries
        .flat()
        .filter((entry) => textOf(entry, 'itemNumber') === row.item && numberOf(entry, 'quantity') < 0);
      const [only] = sold;
      if (only && sold.length === 1 && variants.size === 1) found.set(row, numberOf(only, 'entryNumber'));
    }
    return found;
  }

  /** A code that Business Central does not have as a return reason, where it can be asked. */
  private async unknownReason(): Promise<Problem | null> {
    const { event, reasons } = this.posting;
    const codes = new Set(event.lines.flatMap((line) => reasons.get(line.reason.code ?? '') ?? []));
    if (codes.size === 0) return null;
    const known = await this.parts.services.reasonCodes(this.signal);
    const missing = [...codes].find((code) => code.length > 10 || known?.has(code.toUpperCase()) === false);
    if (missing === undefined) return null;
    const expected = 'a return reason code of Business Central, of at most 10 characters';
    return {
      code: 'reason-unmapped',
      what: missing,
      lines: [{ field: 'reason', expected, received: missing }],
    };
  }

  private finishOrder(
    header: D365Row,
    rows: readonly DraftRow[],
    sale: BcSale,
    { external, created }: { external: string; created: boolean },
  ): Promise<ReturnOrderOutcome> {
    const number = textOf(header, 'No');
    const made = {
      number,
      id: number,
      status: textOf(header, 'Status'),
      amount: expectedTotals(rows, sale.inclusive, sale.currency).gross,
      references: { route: ORDER_ROUTE },
    };
    return this.complete(made, rows, sale, { external, created, mismatch: null });
  }
}

/** The code of the variant of a planned line: it stands in the name of the sale's line, behind the item's number. */
function variantOf(row: DraftRow, sale: BcSale): string {
  if (row.variantId === '') return '';
  const line = sale.lines.find(({ number, variantId }) => number === row.item && variantId === row.variantId);
  return line ? line.itemNumber.slice(line.number.length + 1) : '';
}
