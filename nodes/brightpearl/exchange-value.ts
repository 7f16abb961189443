import type { PostedDocument, ReturnEvent, ReturnLine } from '../returns/event';
import type { Mappings } from '../returns/mappings';
import { addMoney, money, shareOf, type Money } from '../returns/money';
import { itemLines, type Problem } from '../returns/posting-checks';
import { rowsOfItem, wantsOf } from './allot-goods';
import { amountsOfLines } from './credited-amounts';
import type { TaxCode } from './directory';
import { planCredit } from './plan-credit';
import type { Credit, OriginalOrder } from './records';

type Values = { values: Map<string, Money> } | { problem: Problem };

/**
 * What the credit of a return gives for each of its lines, tax included: what its document says, so that what is exchanged
 * and what is refunded come to the credit; where that does not tell, an equal share of the credit's row.
 *
 * @param lines in Brightpearl's names and pieces
 */
export function creditedValues(
  lines: readonly ReturnLine[],
  credit: Credit,
  original: OriginalOrder,
  document: PostedDocument | null,
  mappings: Mappings | null,
): Values {
  const told = document && amountsOfLines(lines, document);
  if (told) return { values: new Map([...told].map(([id, minor]) => [id, money(minor, credit.currency)])) };
  const used = new Map<number, number>();
  const values = new Map<string, Money>();
  for (const line of lines) {
    const wants = wantsOf(line, { credit, original, mappings }) ?? [{ sku: line.sku ?? '', each: 1 }];
    let value = money(0, credit.currency);
    for (const { sku, each } of wants) {
      let open = line.quantity.value * each;
      for (const row of rowsOfItem(sku, credit, original)) {
        const before = used.get(row.rowId) ?? 0;
        const units = Math.min(open, row.quantity - before);
        if (units <= 0) continue;
        const share = (of: Money): Money => shareOf(of, before, before + units, row.quantity);
        value = addMoney(value, addMoney(share(row.net), share(row.tax)));
        used.set(row.rowId, before + units);
        open -= units;
      }
      if (open > 0) return { problem: grown(line, credit, open / each) };
    }
    values.set(line.id, value);
  }
  return { values };
}

/**
 * What a credit of the lines would give, where the order is made before there is one: each line's share of its row,
 * after what earlier credits took. All goods of the return are counted, in their order, since they share the rows.
 *
 * @param event and `lines` in Brightpearl's names and pieces
 */
export function expectedValues(
  event: ReturnEvent,
  lines: readonly ReturnLine[],
  order: OriginalOrder,
  earlier: readonly Credit[],
  taxCodes: ReadonlyMap<string, TaxCode>,
  mappings: Mappings | null,
): Values {
  const rules = {
    substitutes: new Map<string, string>(),
    bundleParts: 'even' as const,
    // What the platform says of prices is compared when the credit is made.
    toleranceMinor: Number.MAX_SAFE_INTEGER,
    fees: new Map<string, never>(),
    nominalCode: '',
  };
  const goods = { ...event, lines: itemLines(event).map((line) => ({ ...line, price: null })) };
  const planned = planCredit({
    event: goods,
    mapped: goods,
    mappings,
    order,
    earlier,
    taxCodes,
    products: new Map(),
    rules,
  });
  if ('problem' in planned) return planned;
  const values = new Map<string, Money>();
  for (const { line, net, tax } of planned.plan.rows) {
    if (!lines.some(({ id }) => id === line.id)) continue;
    const before = values.get(line.id) ?? money(0, order.currency);
    values.set(line.id, addMoney(before, addMoney(net, tax)));
  }
  return { values };
}

function grown(line: ReturnLine, credit: Credit, open: number): Problem {
  return {
    code: 'return-grown',
    what: `sales credit ${credit.id}`,
    lines: [
      {
        lineId: line.id,
        sku: line.sku,
        field: 'quantity',
        expected: String(line.quantity.value - open),
        received: String(line.quantity.value),
      },
    ],
  };
}
