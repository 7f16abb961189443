import { parseArgs } from 'node:util';
import { CREDIT_TIMINGS } from '../nodes/returns/credit-timing';
import { walkPolicy, type StepFunction, type WalkReport } from '../nodes/returns/gate-check';

/** Steps that are walked by default. */
export const DEPTH = 8;

/** Walks every policy, with and without confirmations, and where refunds count as acceptance; stops at none. */
export function checkPolicies(depth: number, step?: StepFunction): WalkReport[] {
  return CREDIT_TIMINGS.flatMap((timing) =>
    CHOICES.map((choice) => walkPolicy({ timing, ...choice }, depth, step)),
  );
}

const CHOICES = [
  { confirm: true, refundAccepts: false },
  { confirm: false, refundAccepts: false },
  { confirm: true, refundAccepts: true },
] as const;

/** What was walked and found, a line for each policy, and a counterexample as a timeline. */
export function reportLines(reports: readonly WalkReport[], seconds: number): string[] {
  const lines = reports.flatMap(({ policy, depth, states, orders, counterexample }) => {
    const accepts = policy.refundAccepts ? ', a refund counts as acceptance' : '';
    const name = `${policy.timing}, refunds ${policy.confirm ? 'confirmed' : 'not confirmed'}${accepts}`;
    if (!counterexample) {
      const walked = `${orders.toLocaleString('en-US')} orders of ${depth} steps, ${states} states`;
      return [`ok    ${name}: ${walked}`];
    }
    return [
      `WRONG ${name}: ${counterexample.broken}`,
      ...counterexample.timeline.map((line) => `        ${line}`),
    ];
  });
  const states = reports.reduce((sum, report) => sum + report.states, 0);
  const wrong = reports.filter(({ counterexample }) => counterexample !== null).length;
  const verdict =
    wrong === 0
      ? 'Nothing is credited twice or before its stage, no refund is confirmed before its credit, and every wait ends.'
      : `${wrong} of ${reports.length} policies are wrong.`;
  return [...lines, `${states} states walked in ${seconds.toFixed(1)} s. ${verdict}`];
}

function main(): void {
  const { values } = parseArgs({ options: { depth: { type: 'string', default: String(DEPTH) } } });
  const depth = Number(values.depth);
  if (!Number.isInteger(depth) || depth < 1) throw new Error('--depth is a whole number from 1');
  const began = performance.now();
  const reports = checkPolicies(depth);
  for (const line of reportLines(reports, (performance.now() - began) / 1000)) console.log(line);
  process.exitCode = reports.every(({ counterexample }) => counterexample === null) ? 0 : 1;
}

if (require.main === module) main();
