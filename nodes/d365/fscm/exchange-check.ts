import type { ReturnLine } from '../../returns/event';
import { LedgerError } from '../../returns/failure';
import { formatMoney, money, parseMoney, sumMoney } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import type { ExchangeStage } from '../documents';
import type { ExchangePlan, ExchangeRow, ReturnedValue } from './exchange-plan';
import { hasDimensions } from './exchange-items';
import { amountOfLines } from './exchange-rows';
import { numberOf, textOf, type D365Row } from './rows';

/** Statuses of a return line from which on its stage is reached (A4.1). */
const REACHED: Readonly<Record<ExchangeStage, readonly string[] | null>> = {
  'return-order': null,
  arrival: ['Registered', 'Quarantine', 'Received', 'Invoiced'],
  credit: ['Invoiced'],
};

const STAGE_WORDS: Readonly<Record<ExchangeStage, string>> = {
  'return-order': 'the return order',
  arrival: 'the arrival of the goods',
  credit: 'the credit note',
};

/** The error that makes a return wait in the store until its return is far enough; told to a person at the limit. */
export function tooEarly(stage: ExchangeStage, because: string): LedgerError {
  return new LedgerError({
    code: 'exchange-too-early',
    class: 'state-blocked',
    message: `the replacement waits for ${STAGE_WORDS[stage]}: ${because}`,
  });
}

/** Throws `exchange-too-early` (state-blocked) where the exchanged lines have not come to the stage. */
export function requireStage(stage: ExchangeStage, lines: readonly D365Row[], returnOrder: string): void {
  const reached = REACHED[stage];
  const behind = lines.filter((line) => reached !== null && !reached.includes(textOf(line, 'ReturnStatus')));
  if (behind.length === 0) return;
  const states = [...new Set(behind.map((line) => textOf(line, 'ReturnStatus')))].join(', ');
  throw tooEarly(stage, `return order ${returnOrder} has lines that are ${states}`);
}

/** The rows of a return order that belong to a line of goods: parts of a bundle and of a divided arrival too. */
export function rowsOfLine(line: Pick<ReturnLine, 'id'>, rows: readonly D365Row[]): D365Row[] {
  return rows.filter((row) => {
    const external = textOf(row, 'ExternalItemNumber');
    const live = textOf(row, 'ReturnStatus') !== 'Canceled';
    return live && external.replace(/\/\d+$/, '').replace(/\+\d+$/, '') === line.id;
  });
}

/**
 * What a return order gives for each exchanged line, at its full value (R124). Lines that it does not hold are a problem:
 * what they are worth is not known.
 */
export function returnedValues(
  exchanged: readonly ReturnLine[],
  rows: readonly D365Row[],
  facts: { currency: string; returnOrder: string; taxGroupOf: (item: string) => string },
): { returned: Map<string, ReturnedValue> } | { problem: Problem } {
  const { currency, returnOrder, taxGroupOf } = facts;
  const returned = new Map<string, ReturnedValue>();
  for (const line of exchanged) {
    const own = rowsOfLine(line, rows);
    const [first] = own;
    if (!first) {
      const what = `return order ${returnOrder}`;
      const evidence = { lineId: line.id, sku: line.sku, field: 'line', expected: 'a line of it' };
      return { problem: { code: 'return-grown', what, lines: [evidence] } };
    }
    const total = (field: string): ReturnedValue['amount'] =>
      money(
        -sumMoney(
          own.map((row) => parseMoney(numberOf(row, field), currency)),
          currency,
        ).minor,
        currency,
      );
    const taxGroup = taxGroupOf(textOf(first, 'ItemNumber'));
    returned.set(line.id, { amount: total('LineAmount'), tax: total('TotalTaxAmount'), taxGroup });
  }
  return { returned };
}

/** Lines of a found order that are not of this exchange: somebody else's content under our reference. */
export function strangeRows(
  present: readonly D365Row[],
  planned: readonly ExchangeRow[],
  number: string,
): Problem | null {
  const ours = new Set(planned.map(({ external }) => external));
  const strange = present.filter((line) => !ours.has(textOf(line, 'ExternalItemNumber')));
  if (strange.length === 0) return null;
  return {
    code: 'document-conflict',
    what: `replacement order ${number}`,
    lines: strange.map((line) => ({
      field: 'line',
      expected: planned.map(({ item, quantity }) => `${quantity} × ${item.itemNumber}`).join(', '),
      received: `${numberOf(line, 'OrderedSalesQuantity')} × ${textOf(line, 'ItemNumber')}`,
    })),
  };
}

/** Compares what the ERP holds with what was meant, line by line and to the penny (R57). */
export function compareExchange(
  number: string,
  lines: readonly D365Row[],
  { rows, amount }: ExchangePlan,
  created: boolean,
): Problem | null {
  const { currency } = amount;
  const byId = new Map(lines.map((line) => [textOf(line, 'ExternalItemNumber'), line]));
  const different = rows.flatMap(({ external, replacement, quantity, amount: meant, item }) => {
    const row = byId.get(external);
    const got = parseMoney(row ? numberOf(row, 'LineAmount') : 0, currency);
    const gotQuantity = row ? numberOf(row, 'OrderedSalesQuantity') : 0;
    const sameItem =
      row !== undefined && textOf(row, 'ItemNumber').toLowerCase() === item.itemNumber.toLowerCase();
    if (sameItem && got.minor === meant.minor && gotQuantity === quantity) return [];
    return [
      {
        lineId: replacement.line.id,
        sku: replacement.sku,
        field: 'amount',
        expected: `${quantity} × ${item.itemNumber} for ${formatMoney(meant)}`,
        received: row ? `${gotQuantity} × ${textOf(row, 'ItemNumber')} for ${formatMoney(got)}` : 'no line',
      },
    ];
  });
  if (different.length === 0) return null;
  const there = formatMoney(amountOfLines(lines, currency));
  return {
    code: created ? 'amount-mismatch' : 'document-conflict',
    what: `replacement order ${number}: ${formatMoney(amount)} meant, ${there} there`,
    lines: different,
  };
}

/**
 * Replacements that the warehouse has too few of before they are ordered, by SKU (R126). The sets of sales orders tell
 * nothing of reservations, so the stock that is free is what can be told.
 */
export function shortStock(
  rows: readonly ExchangeRow[],
  warehouse: string,
  onHand: readonly D365Row[],
): { sku: string; wanted: number; free: number }[] {
  const wanted = new Map<string, { row: ExchangeRow; wanted: number }>();
  for (const row of rows) {
    const key = JSON.stringify([row.item.itemNumber.toLowerCase(), row.item.dimensions]);
    wanted.set(key, { row, wanted: (wanted.get(key)?.wanted ?? 0) + row.quantity });
  }
  return [...wanted.values()].flatMap(({ row: { item, replacement }, wanted: units }) => {
    const free = onHand
      .filter((stock) => textOf(stock, 'ItemNumber').toLowerCase() === item.itemNumber.toLowerCase())
      .filter((stock) => textOf(stock, 'InventoryWarehouseId').toLowerCase() === warehouse.toLowerCase())
      .filter((stock) => hasDimensions(stock, item.dimensions))
      .reduce((sum, stock) => sum + numberOf(stock, 'AvailableOnHandQuantity'), 0);
    return free >= units ? [] : [{ sku: replacement.sku, wanted: units, free: Math.max(0, free) }];
  });
}
