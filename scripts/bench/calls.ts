import { callsOfBrightpearl } from './brightpearl-calls';
import type { Tally } from './erp-process';
import { ExampleRun } from './example-run';
import { figures, progress, table } from './report';

const RETURNS = 200;
/** What is asked once for all returns, not for each. */
const SHARED = /^token$|\$metadata|ReleasedProductsV2|ProductDefaultOrderSettings|ProductLifecycleState/;

/** Figure 4: ERP calls for each return. Counts do not vary from round to round, so one round does. */
export async function calls(): Promise<string> {
  return `${await callsOfD365()}\n\n${await callsOfBrightpearl()}`;
}

async function callsOfD365(): Promise<string> {
  progress('calls, Dynamics 365');
  const run = await ExampleRun.start({ orders: RETURNS, concurrency: 8 });
  try {
    const counted: Tally[] = [];
    for (const step of [0, 1]) {
      await run.tally();
      await run.send(0, RETURNS, step);
      await run.settled(120_000);
      counted.push(await run.tally());
    }
    const [first = {}, further = {}] = counted;
    const kinds = [...new Set([...Object.keys(first), ...Object.keys(further)])].sort();
    const rows = kinds.map((kind) => [kind, each(first[kind]), each(further[kind])]);
    const own = (tally: Tally): number =>
      Object.entries(tally)
        .filter(([kind]) => !SHARED.test(kind))
        .reduce((sum, [, n]) => sum + n, 0) / RETURNS;
    return (
      `4. ERP calls per return, counted by the simulator over ${RETURNS} returns: Dynamics 365\n\n` +
      `${table(['call', 'first event', 'further events'], rows)}\n\n` +
      figures([
        { what: 'calls for the first event', value: own(first), unit: '' },
        { what: 'calls for a further event', value: own(further), unit: '' },
      ]) +
      `\n\nWhat would lower them: the return order and its sales order are looked up in one batch and the order’s details ` +
      `in a second, because the second needs the sales order’s number; a field on the return’s lines or an order number ` +
      `known beforehand would make them one. Header and lines are two writes, because a changeset cannot name a number ` +
      `that the same changeset draws; a number of our own (manual number sequence) would make them one. Reading back is ` +
      `one more, and is what finds an amount that the ERP changed. Items are asked for in bulk and kept for an hour.`
    );
  } finally {
    await run.end();
  }
}

function each(count: number | undefined): string {
  return count === undefined ? '' : (count / RETURNS).toFixed(2);
}
