import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planCredit, type CreditPlan, type PlanFacts } from '../../nodes/brightpearl/plan-credit';
import { planExchange } from '../../nodes/brightpearl/plan-exchange';
import { planRefund } from '../../nodes/brightpearl/plan-refund';
import { planLines } from '../../nodes/d365/fscm/match-lines';
import { addMoney, money, negateMoney, sumMoney } from '../../nodes/returns/money';
import { reportLines } from '../../scripts/check-money';
import { fineInMinor } from '../../scripts/money/amounts';
import { PLANNERS, type Planners } from '../../scripts/money/planners';
import { checkMoney, type MoneyReport } from '../../scripts/money/run';
import { FEATURES, type Feature, type Rule } from '../../scripts/money/story';

function check(cases: number, seed: number, planners: Partial<Planners> = {}): MoneyReport {
  return checkMoney({ cases, seed, without: new Set(), planners: { ...PLANNERS, ...planners } });
}

function assertNone(report: MoneyReport): void {
  assert.equal(report.broken.size, 0, reportLines(report, 0).join('\n'));
}

describe('T16: random money cases with mixed tax, currency, part returns, bundles, exchanges and fees', () => {
  it('T16, R27, R50, R52, R55, R129, R170: 6,000 cases, 0 differences', () => {
    const report = check(6000, 16);
    assertNone(report);
    assert.ok(report.documents > 10_000);
    for (const feature of Object.keys(FEATURES) as Feature[]) {
      const held = report.features.get(feature) ?? 0;
      assert.ok(held > 30, `${FEATURES[feature]}: ${held}`);
    }
  });

  it('T16: the same of a seed that nobody chose', (t) => {
    const seed = Math.floor(Math.random() * 1_000_000);
    t.diagnostic(`seed ${seed}`);
    assertNone(check(3000, seed));
  });

  it('a seed and a number make the same case again', () => {
    const wrong = { planRefund: withoutEarlierRefunds };
    assert.deepEqual(check(2000, 5, wrong), check(2000, 5, wrong));
    assert.notDeepEqual(check(2000, 5).features, check(2000, 6).features);
  });
});

/** A planner of credits whose rows are changed after the plan. */
function changed(
  change: (rows: CreditPlan['rows'], facts: PlanFacts) => CreditPlan['rows'],
): Partial<Planners> {
  return {
    planCredit: (facts) => {
      const planned = planCredit(facts);
      if ('problem' in planned) return planned;
      const rows = change(planned.plan.rows, facts);
      const { currency } = facts.order;
      const sum = (of: 'net' | 'tax'): ReturnType<typeof money> =>
        sumMoney(
          rows.map((row) => row[of]),
          currency,
        );
      const [net, tax] = [sum('net'), sum('tax')];
      return { plan: { ...planned.plan, rows, net, tax, gross: addMoney(net, tax) } };
    },
  };
}

const eachByItself = changed((rows, { order }) =>
  rows.map((row) => {
    const sold = order.rows.find(({ rowId, net }) => rowId === row.rowId && net !== 0);
    if (!sold) return row;
    const net = Math.round((sold.net * row.quantity) / (sold.quantity ?? 1) / fineInMinor(order.currency));
    return { ...row, net: money(net, order.currency) };
  }),
);

const withoutEarlierRefunds: Planners['planRefund'] = (event, credit, payments, policy) =>
  planRefund(
    event,
    credit,
    payments.filter(({ type }) => type === 'RECEIPT'),
    policy,
  );

/** Errors as they are made, and the rules that notice them. */
const PLANTED: readonly (readonly [string, Partial<Planners>, readonly Rule[]])[] = [
  ['each part of a line is rounded by itself', eachByItself, ['whole', 'sold']],
  [
    'earlier credits are forgotten',
    { planCredit: (facts) => planCredit({ ...facts, earlier: [] }) },
    ['sold', 'whole'],
  ],
  [
    'a fee is added',
    changed((rows) =>
      rows.map((row) =>
        row.rowId === null ? { ...row, net: negateMoney(row.net), tax: negateMoney(row.tax) } : row,
      ),
    ),
    ['fee'],
  ],
  ['a fee is left out', changed((rows) => rows.filter(({ rowId }) => rowId !== null)), ['kinds']],
  ['a line is left out', changed((rows) => (rows.length > 2 ? rows.slice(1) : rows)), ['kinds']],
  [
    'the tax of a line is counted as net',
    changed((rows) =>
      rows.map((row) => ({ ...row, net: addMoney(row.net, row.tax), tax: money(0, row.tax.currency) })),
    ),
    ['share'],
  ],
  ['earlier refunds are forgotten', { planRefund: withoutEarlierRefunds }, ['tender']],
  [
    'the difference of an exchange has the wrong sign',
    {
      planExchange: (facts) => {
        const planned = planExchange(facts);
        if ('problem' in planned) return planned;
        return { plan: { ...planned.plan, difference: negateMoney(planned.plan.difference) } };
      },
    },
    ['exchange'],
  ],
  [
    'each line of a return order is rounded by itself',
    {
      planLines: (...facts) => {
        const plan = planLines(...facts);
        if ('problem' in plan) return plan;
        const planned = plan.planned.map((one) => {
          const { sale, quantity } = one;
          const minor = -Math.round((sale.amount.minor * quantity) / sale.quantity);
          return { ...one, amount: money(minor, sale.amount.currency) };
        });
        return { planned };
      },
    },
    ['whole', 'sold'],
  ],
  [
    'each part of a bundle is rounded by itself',
    {
      splitOverParts: (minor, parts) =>
        parts.map(({ share }) => {
          const [over, under] = share.split('/').map(Number);
          return Math.round((minor * (over ?? 0)) / (under ?? 1));
        }),
    },
    ['split'],
  ],
];

describe('T16: the oracle notices', () => {
  for (const [name, planners, rules] of PLANTED) {
    it(name, () => {
      const report = check(3000, 16, planners);
      for (const rule of rules)
        assert.ok(report.broken.has(rule), `${rule}: ${[...report.broken.keys()].join()}`);
      const [found] = rules.map((rule) => report.broken.get(rule)?.smallest);
      assert.ok(found);
      const told = reportLines(report, 1).join('\n');
      assert.match(told, /^WRONG /m);
      assert.match(told, new RegExp(`case ${found.index} \\(${found.kind}\\)`));
      assert.match(told, /3,000 cases \(seed 16\), [\d,]+ documents planned, [\d,]+ differences/);
    });
  }
});
