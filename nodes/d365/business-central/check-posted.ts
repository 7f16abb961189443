import type { ExceptionLine } from '../../returns/exception';
import { addMoney, formatMoney, type Money } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import { and, anyOf, eq } from '../fscm/odata';
import { numberOf, textOf, type D365Row } from '../fscm/rows';
import { expectedTotals, grossOf, type DraftRow } from './draft-rows';
import type { BcParts } from './parts';
import { setPath } from './query';
import { amountIn } from './sales';

export interface PostedCheck {
  /** What is told besides, such as the cost that the goods came back at. */
  references: Record<string, string>;
  problem: Problem | null;
}

/**
 * Reads back what posting did: totals and tax against ours (R57, R58), and the item entries that prove that stock came in,
 * since a success alone does not (R176). What the goods cost when they were sold is told beside what they came back at
 * where both are told (R105): plain credit memos come back at the current cost (`reference/dynamics365.md` B5.1).
 *
 * @param receiptNumbers receipts that the goods came in with before, of a return order
 */
export async function checkPosted(
  memo: D365Row,
  rows: readonly DraftRow[],
  invoices: readonly string[],
  toleranceMinor: number,
  { client }: Pick<BcParts, 'client'>,
  signal?: AbortSignal,
  receiptNumbers: readonly string[] = [],
): Promise<PostedCheck> {
  const numbers = [...new Set(rows.filter(({ fee }) => !fee).map(({ item }) => item))];
  const number = textOf(memo, 'number');
  const entries = (filter: string): string => setPath('itemLedgerEntries', { filter });
  const receipts = and(
    eq('sourceNumber', textOf(memo, 'customerNumber')),
    `postingDate eq ${textOf(memo, 'postingDate')}`,
    eq('documentType', 'Sales_x0020_Return_x0020_Receipt'),
  );
  const [items = [], numbered = [], received = [], ...others] = await client.readTogether(
    [
      setPath('items', { filter: anyOf('number', numbers) }),
      entries(eq('documentNumber', number)),
      // With *Return Receipt on Credit Memo* the goods come in under the receipt's number (B5).
      entries(receipts),
      ...invoices.map((invoice) => entries(eq('documentNumber', invoice))),
      ...receiptNumbers.map((receipt) => entries(eq('documentNumber', receipt))),
    ],
    signal,
  );
  // Each kind of document has numbers of its own, so that an invoice may have this one as well: its goods went out.
  const moved = numbered.filter((row) => numberOf(row, 'quantity') > 0);
  const sold = others.slice(0, invoices.length);
  const out = sold.flat().filter((row) => numberOf(row, 'quantity') < 0);
  const came = [...moved, ...others.slice(invoices.length).flat()];
  const stocked = items
    .filter((row) => textOf(row, 'type') === 'Inventory')
    .map((row) => textOf(row, 'number'));
  const lines = [...wrongTotals(memo, rows, toleranceMinor), ...noStock(stocked, came, received)];
  const [first] = lines;
  // Totals come first, so that here they are right.
  const what =
    first?.field === 'stock'
      ? `credit memo ${number} is posted, and no goods came in with it`
      : `credit memo ${number}: ${first?.field ?? ''} expected ${first?.expected ?? ''}, it has ${first?.received ?? ''}`;
  return {
    references: costs(stocked, came, out),
    problem: lines.length === 0 ? null : { code: 'amount-mismatch', what, lines },
  };
}

function wrongTotals(memo: D365Row, rows: readonly DraftRow[], tolerance: number): Partial<ExceptionLine>[] {
  const currency = textOf(memo, 'currencyCode');
  const inclusive = memo['pricesIncludeTax'] === true;
  const { tax } = expectedTotals(rows, inclusive, currency);
  // The fee is what the platform has kept back: where no amount without tax comes to it, the total is a penny away (R170).
  const [goods, fees] = [rows.filter(({ fee }) => !fee), rows.filter(({ fee }) => fee)];
  const gross = addMoney(expectedTotals(goods, inclusive, currency).gross, grossOf(fees, currency));
  const taxed = amountIn(memo, 'totalTaxAmount', currency);
  const compared: [string, Money, Money][] = [
    ['total', gross, amountIn(memo, 'totalAmountIncludingTax', currency)],
    ['tax', tax ?? taxed, taxed],
  ];
  return compared
    .filter(([, expected, received]) => Math.abs(expected.minor - received.minor) > tolerance)
    .map(([field, expected, received]) => ({
      field,
      expected: formatMoney(expected),
      received: formatMoney(received),
    }));
}

function noStock(
  stocked: readonly string[],
  moved: readonly D365Row[],
  received: readonly D365Row[],
): Partial<ExceptionLine>[] {
  const came = new Set([...moved, ...received].map((row) => textOf(row, 'itemNumber')));
  return stocked
    .filter((sku) => !came.has(sku))
    .map((sku) => ({ sku, field: 'stock', expected: 'an item ledger entry', received: 'none' }));
}

/** Unit costs by item, where the goods came back at another cost than they went out at. */
function costs(
  stocked: readonly string[],
  moved: readonly D365Row[],
  sold: readonly D365Row[],
): Record<string, string> {
  const different = stocked.flatMap((sku) => {
    const [back, out] = [unitCost(sku, moved), unitCost(sku, sold)];
    return back === null || out === null || back === out ? [] : [`${sku} ${back} (sold at ${out})`];
  });
  return different.length === 0 ? {} : { cost: different.join(', ') };
}

function unitCost(sku: string, entries: readonly D365Row[]): string | null {
  const own = entries.filter((row) => textOf(row, 'itemNumber') === sku);
  const units = own.reduce((sum, row) => sum + numberOf(row, 'quantity'), 0);
  const cost = own.reduce((sum, row) => sum + numberOf(row, 'costAmountActual'), 0);
  return units === 0 ? null : (cost / units).toFixed(2);
}
