import type { Tally } from './erp-process';
import { ExampleRun } from './example-run';
import type { BrightpearlValues } from './flows';
import { progress, table } from './report';

/** Returns that come one after another, each when the one before is settled; then so many at once. */
const ALONE = 5;
const BACKLOG = 400;
/** What is asked once for all returns, not for each. */
const SHARED = /product-search|tax-code|accounting-period-lock|order-status|payment-method/;
const LIMIT_MS = 120_000;

const REFUND = {
  refund: true,
  methods: [
    { paid: 'WEB_PAY', refund: 'WEB_PAY' },
    { paid: 'GIFT_CARD', refund: 'GIFT_CARD' },
  ],
};

/** What the credit node does with a return. */
const WORK: readonly { what: string; credit: NonNullable<BrightpearlValues['credit']> }[] = [
  { what: 'credit', credit: {} },
  { what: 'credit and invoicing', credit: { invoice: 'at-once' } },
  { what: 'credit and refund', credit: REFUND },
  { what: 'credit, invoicing and refund', credit: { invoice: 'at-once', ...REFUND } },
];

/** Calls for a return to Brightpearl: alone and in a backlog, by what is done, with writes together and apart. */
export async function callsOfBrightpearl(): Promise<string> {
  const rows: string[][] = [];
  const kinds: string[][] = [];
  for (const { what, credit } of WORK) {
    for (const writeTogether of [true, false]) {
      progress(`calls, Brightpearl: ${what}, writes ${writeTogether ? 'together' : 'apart'}`);
      const { alone, backlog } = await countCalls({ credit, account: { writeTogether } });
      rows.push([
        what,
        writeTogether ? 'together' : 'one by one',
        (own(alone) / ALONE).toFixed(2),
        (own(backlog) / BACKLOG).toFixed(2),
      ]);
      if (writeTogether) kinds.push([what, words(alone, ALONE), words(backlog, BACKLOG)]);
    }
  }
  return (
    `4b. ERP calls per return, Brightpearl, throttle off, ERP answers at once: ${ALONE} returns one after another, then ` +
    `${BACKLOG} at once with a window of 50 in the In node; both events of the drop-off, the second of them without a call\n\n` +
    `${table(['what is done', 'writes', 'a return alone', 'in a backlog'], rows)}\n\n` +
    `${table(['calls, writes together', 'a return alone', 'in a backlog'], kinds)}\n\n` +
    'Tax codes, period lock and payment methods are asked once in their time, each SKU once an hour; they are not counted here.'
  );
}

async function countCalls(values: BrightpearlValues): Promise<{ alone: Tally; backlog: Tally }> {
  const orders = 1 + ALONE + BACKLOG;
  const run = await ExampleRun.start({ orders, concurrency: 4, brightpearl: values });
  try {
    const post = async (from: number, to: number): Promise<void> => {
      await run.send(from, to, 1);
      await run.settled(LIMIT_MS);
    };
    // The first one brings what is asked once.
    await post(0, 1);
    await run.tally();
    for (let at = 1; at <= ALONE; at += 1) await post(at, at + 1);
    const alone = await run.tally();
    await post(1 + ALONE, orders);
    const backlog = await run.tally();
    const { documents } = await run.state();
    if (documents !== orders) throw new Error(`${orders} returns came, and there are ${documents} credits`);
    return { alone, backlog };
  } finally {
    await run.end();
  }
}

function ownKinds(tally: Tally): [string, number][] {
  return Object.entries(tally).filter(([kind]) => !SHARED.test(kind));
}

function own(tally: Tally): number {
  return ownKinds(tally).reduce((sum, [, count]) => sum + count, 0);
}

function words(tally: Tally, returns: number): string {
  return ownKinds(tally)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, count]) => `${kind} ${(count / returns).toFixed(2)}`)
    .join(', ');
}
