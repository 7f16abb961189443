import type { CreditPlan, PlanFacts } from '../../nodes/brightpearl/plan-credit';
import type { ExchangeFacts, ExchangePlan } from '../../nodes/brightpearl/plan-exchange';
import type { Credit } from '../../nodes/brightpearl/records';
import type { ReturnLine } from '../../nodes/returns/event';
import { money, type Money } from '../../nodes/returns/money';
import { quantity } from '../../nodes/returns/quantity';
import { shown, TAXES } from './amounts';
import type { Draw } from './draw';
import { exact, isNear, partsOf } from './exact';
import type { Planners } from './planners';
import { postedCredit } from './posted-credit';
import { lineOf } from './return-event';
import { must, type Story } from './story';

/** Has some of the goods exchanged: in lines of their own, or by the replacement that the goods' line names. */
export function drawExchange(items: ReturnLine[], currency: string, draw: Draw, story: Story): ReturnLine[] {
  const picked = new Set(items.filter(() => draw.chance(0.5)));
  const skus = new Set([...picked].map(({ sku }) => sku));
  const beside = story.may('exchange-beside');
  const chosen = items.filter((item) => (beside ? picked.has(item) : skus.has(item.sku)));
  if (chosen.length === 0) return [];
  story.has('exchange');
  if (items.some((item) => skus.has(item.sku) && !chosen.includes(item))) story.has('exchange-beside');
  const named = draw.chance(0.3);
  const byName = named && draw.chance(0.2) && story.may('exchange-by-name');
  if (byName) story.has('exchange-by-name');
  return chosen.flatMap((item) => {
    if (!byName) item.outcome = 'exchange';
    if (named) {
      item.replacementSku = `NEW-${draw.int(1, 9)}`;
      return [];
    }
    const even = draw.chance(0.5);
    const pieces = even ? draw.cut(item.quantity.value) : [draw.int(1, 3)];
    return pieces.map((units, at) =>
      lineOf({
        id: `X${item.id}.${at}`,
        kind: 'exchange',
        orderLineId: item.orderLineId,
        sku: `NEW-${draw.int(1, 9)}`,
        quantity: quantity(units),
        price: even ? null : money(draw.anySize(5), currency),
      }),
    );
  });
}

export interface ExchangedCredit extends Omit<PlanFacts, 'products' | 'rules'> {
  plan: CreditPlan;
  credit: Credit;
}

/** Prices the replacements of a return and judges both sides: what is credited for the goods, and what the new ones cost. */
export function judgeExchange(facts: ExchangedCredit, draw: Draw, story: Story, planners: Planners): void {
  const { event, plan, credit, order, earlier, taxCodes } = facts;
  const asked = planners.exchangeLines(event);
  must('replacements' in asked, 'refused', () => `the exchange of ${event.returnId}`);
  const { replacements, exchanged } = asked;
  const { currency } = order;
  const wanted = event.lines.filter(
    ({ kind, replacementSku }) => kind === 'exchange' || replacementSku !== null,
  );
  const units = (lines: readonly { units: number }[]): number =>
    lines.reduce((sum, one) => sum + one.units, 0);
  const asks = units(wanted.map((line) => ({ units: line.quantity.value })));
  must(
    units(replacements) === asks && replacements.length === wanted.length,
    'kinds',
    () => `${asks} replacements were asked for, ${units(replacements)} are sent`,
  );
  if (replacements.length === 0) return;
  const given = plan.rows
    .filter(({ line }) => exchanged.some(({ id }) => id === line.id))
    .reduce((sum, { net, tax }) => sum + net.minor + tax.minor, 0);
  const valued = planners.creditedValues(exchanged, credit, order, postedCredit(event, plan), null);
  const values = valuesOf(valued, given, currency, 'exchange');
  if (draw.chance(0.3)) {
    valuesOf(
      planners.expectedValues(event, exchanged, order, earlier, taxCodes, null),
      given,
      currency,
      'forecast',
    );
  }
  const products = new Map(
    replacements.map(({ sku }) => {
      const { code } = draw.pick(TAXES);
      return [sku.toLowerCase(), { id: 1, sku, name: '', taxCode: code, status: 'LIVE' }];
    }),
  );
  const planned = planners.planExchange({
    replacements,
    currency,
    products,
    taxCodes,
    values,
    priceFrom: 'even',
  });
  must('plan' in planned, 'refused', () => `the exchange of ${event.returnId}`);
  story.documents += 1;
  story.tell(() => `Replacement order of ${event.returnId}: ${shown(planned.plan.gross.minor, currency)}`);
  judgeRows(planned.plan, { replacements, values, taxCodes, currency });
  const { gross, value, difference } = planned.plan;
  must(
    value.minor === given && difference.minor === gross.minor - given,
    'exchange',
    () =>
      `${shown(given, currency)} credited, ${shown(gross.minor, currency)} charged, difference told: ${shown(difference.minor, currency)}`,
  );
}

function valuesOf(
  valued: ReturnType<Planners['creditedValues']>,
  given: number,
  currency: string,
  rule: 'exchange' | 'forecast',
): Map<string, Money> {
  must('values' in valued, rule, () => ('problem' in valued ? valued.problem.what : ''));
  const sum = [...valued.values.values()].reduce((total, { minor }) => total + minor, 0);
  must(
    sum === given,
    rule,
    () =>
      `the exchanged goods are credited with ${shown(given, currency)} and valued at ${shown(sum, currency)}`,
  );
  return valued.values;
}

/** Each replacement costs what it is told, or its exact share of the goods, and holds the tax of its own rate. */
function judgeRows(
  plan: ExchangePlan,
  {
    replacements,
    values,
    taxCodes,
    currency,
  }: Pick<ExchangeFacts, 'replacements' | 'values' | 'taxCodes' | 'currency'>,
): void {
  const shares = new Map<string, { minor: number; units: number }>();
  let all = 0;
  for (const [at, { replacement, net, tax, taxCode }] of plan.rows.entries()) {
    const cost = net.minor + tax.minor;
    all += cost;
    const rate = taxCodes.get(taxCode)?.rate ?? 0;
    const told = (): string =>
      `${replacement.sku}: ${shown(net.minor, currency)} net, ${shown(tax.minor, currency)} tax`;
    must(replacement === replacements[at], 'kinds', told);
    must(isNear(tax.minor, exact(BigInt(cost) * BigInt(rate), 10_000 + rate), 1), 'exchange', told);
    const { price, units, returned } = replacement;
    if (price !== null) must(cost === price.minor * units, 'exchange', told);
    else if (returned !== null) {
      const value = values.get(returned.id)?.minor ?? 0;
      const pieces = returned.quantity.value;
      must(isNear(cost, partsOf(exact(value), units, pieces), 2), 'share', told);
      const before = shares.get(returned.id) ?? { minor: 0, units: 0 };
      const now = { minor: before.minor + cost, units: before.units + units };
      shares.set(returned.id, now);
      must(now.units < pieces || now.minor === value, 'whole', told);
    }
  }
  must(
    plan.gross.minor === all && plan.rows.length === replacements.length,
    'exchange',
    () => 'the sum of its rows',
  );
}
