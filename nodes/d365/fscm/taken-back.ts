import type { Problem } from '../../returns/posting-checks';
import { isCredited } from './credit-lots';
import { beyondSale, sameText, usedByEarlier } from './line-use';
import { planLines, type Plan, type PlanFacts } from './match-lines';
import type { EarlierReturn, OrderDetails } from './orders';
import type { CreditState, Lot } from './read-credit';
import type { UnitFacts } from './unit-facts';

/**
 * Plans the lines of a return on its sale; where they would fit but for what somebody else takes back, the problem is
 * those return orders, by their numbers.
 */
export function planOnSale(facts: PlanFacts): Plan {
  const plan = planLines(facts);
  if (!('problem' in plan) || plan.problem.code !== 'quantity-over-order') return plan;
  const ours = facts.earlier.filter(({ byOthers }) => byOthers !== true);
  const without = planLines({ ...facts, earlier: ours });
  if ('problem' in without) return plan;
  const [over] = plan.problem.lines;
  const items = without.planned
    .filter(({ line }) => line.id === over?.lineId)
    .map(({ sale }) => sale.itemNumber);
  return { problem: tellOthers(plan.problem, facts.earlier, items) };
}

/** What was sold, and what came back of it before and since. */
export interface SoldFacts {
  sales: OrderDetails['lines'];
  /** All return orders of the sale but ours, whenever they were made. */
  earlier: readonly EarlierReturn[];
  eachUnit: string;
  units: UnitFacts | null;
}

/**
 * Why lots of our return order may not be credited: with what others take back by now, more than was sold would be given
 * back. Null where all of them have room on the sale.
 *
 * @param sold   null where the return order names no sale
 * @param now    lots that this is about; what is credited already besides counts as well
 * @param posted the credit note that holds them, where one is there
 */
export function creditedBeyond(
  sold: SoldFacts | null,
  { number, lots }: Pick<CreditState, 'number' | 'lots'>,
  now: readonly string[],
  posted: string | null = null,
): Problem | null {
  if (sold === null) return null;
  const { sales, earlier, eachUnit, units } = sold;
  const use = usedByEarlier(sales, earlier, eachUnit, units);
  const own = (lot: Lot): EarlierReturn & { lot: Lot } => ({
    lot,
    itemNumber: lot.item,
    external: lot.external,
    quantity: lot.pieces,
    unit: lot.unit,
  });
  const before = lots.filter((lot) => isCredited(lot) && !now.includes(lot.lot));
  beyondSale(use, before.map(own), eachUnit);
  const asked = lots.filter(({ lot }) => now.includes(lot));
  const [over] = beyondSale(use, asked.map(own), eachUnit);
  if (!over) return null;
  const { lot } = over;
  const credit = posted === null ? '' : `, and credit note ${posted} is there`;
  const problem: Problem = {
    code: 'quantity-over-order',
    what: `${lot.item}: ${lot.pieces} on return order ${number}${credit}`,
    lines: [
      {
        lineId: lot.group.replace(/\+\d+$/, ''),
        sku: lot.item,
        field: 'quantity',
        expected: 'no more than was sold, with all return orders of the sale',
        received: `${lot.pieces} ${lot.unit}`,
      },
    ],
  };
  const told = tellOthers(problem, earlier, [lot.item]);
  // It is credited, so nothing was held back.
  return posted === null ? told : { ...told, code: 'quantity-over-order' };
}

/** The problem with the return orders of others that take back items; as it is where there are none. */
function tellOthers(problem: Problem, earlier: readonly EarlierReturn[], items: readonly string[]): Problem {
  const others = othersOf(earlier, items);
  const [line] = problem.lines;
  if (others.length === 0) return problem;
  return {
    code: 'credit-by-others',
    what: `${others.map((one) => `return order ${one.returnOrder ?? '?'} takes back ${goodsOf(one)}`).join(', ')}; ${problem.what}`,
    lines: [
      ...problem.lines,
      ...others.map((one) => ({
        lineId: line?.lineId ?? null,
        sku: line?.sku ?? null,
        field: `return order ${one.returnOrder ?? '?'}`,
        expected: 'no return order of others for these goods',
        received: goodsOf(one),
      })),
    ],
  };
}

/** What others take back of items. */
export function othersOf(earlier: readonly EarlierReturn[], items: readonly string[]): EarlierReturn[] {
  return earlier.filter(
    ({ byOthers, itemNumber }) => byOthers === true && items.some((item) => sameText(item, itemNumber)),
  );
}

/** In words: `2 ea of TEE-01`. */
export function goodsOf({ quantity, unit, itemNumber }: EarlierReturn): string {
  return `${quantity} ${unit} of ${itemNumber}`;
}
