import { KINDS, type CreditedReturn, type PostedDocuments } from '../../nodes/d365/documents';
import { returnKey, type ReturnEvent } from '../../nodes/returns/event';
import { LedgerError } from '../../nodes/returns/failure';
import type { Tally } from './erp-process';
import { counted, simulatedBc, simulatedFscm, type Fscm } from './d365-products';
import { ARRIVALS, CREDITS, journeyOf, ORDERS, REFUNDS } from './d365-story';
import { progress, rounded, table } from './report';

const RETURNS = 100;
const LATENCY_MS = 200;
const STAGE_SECONDS = 20;
/** The batch job that posts arrival journals runs so often. */
const JOB_SECONDS = 60;
const LOOK_MS = 10_000;
/** Asked once, whatever the number of returns. */
const SHARED = /^token$|^\$metadata$|^GET (companies|ProductLifecycleStateProcesses)$/;

/** Calls for a hundred at once, where a product can take many: return orders, and journals in a data package. */
export async function callsOfHundred(): Promise<string> {
  progress('calls, a hundred at once');
  const rows = [
    row('Finance & SCM', 'return orders, together', await returnOrders('fscm')),
    row('Business Central', 'draft credit memos, together', await returnOrders('bc')),
    ...(await packages()),
  ];
  return (
    `4e. ERP calls for ${RETURNS} returns that are posted at once, Dynamics 365; simulated clock, each call ${LATENCY_MS} ms, each ` +
    `stage of a data package ${STAGE_SECONDS} s, the batch job every ${JOB_SECONDS} s, looked at every 10 s; sign-in and names not counted; one run each\n\n` +
    table(['ERP', 'what', `calls for ${RETURNS}`, 'each', 'which'], rows)
  );
}

function row(erp: string, what: string, calls: Tally): string[] {
  const own = Object.entries(calls).filter(([kind]) => !SHARED.test(kind));
  const sum = own.reduce((all, [, count]) => all + count, 0);
  return [erp, what, String(sum), rounded(sum / RETURNS), own.map(([kind, n]) => `${kind} ${n}`).join('; ')];
}

async function returnOrders(product: 'fscm' | 'bc'): Promise<Tally> {
  const wish = { orders: RETURNS, latencyMs: LATENCY_MS };
  const { clock, connector, store, world } = await (product === 'fscm' ? simulatedFscm : simulatedBc)(wish);
  try {
    const events = world.orders.map((order) => journeyOf(world, order).event);
    const work = counted(() => connector.createReturnOrders(events, ORDERS, store));
    const { value, calls } = await clock.run(work);
    const posted = value.filter((one) => !(one instanceof LedgerError) && one.outcome === 'posted').length;
    if (posted !== RETURNS) throw new Error(`${posted} of ${RETURNS} return orders were made`);
    return calls;
  } finally {
    await store.close();
  }
}

type Answer = PostedDocuments | LedgerError;

/**
 * A hundred arrival journals as a data package brings them, posted by the service or by the batch job; and a hundred payment
 * journals.
 */
async function packages(): Promise<string[][]> {
  const rows: string[][] = [];
  for (const posting of ['service', 'batch-job'] as const) {
    const product = await simulatedFscm({ orders: RETURNS, latencyMs: LATENCY_MS, settings: { posting } });
    const { clock, connector, store, world, simulator } = product;
    simulator.dials.packageStageSeconds = STAGE_SECONDS;
    simulator.dials.arrivalJobSeconds = posting === 'batch-job' ? JOB_SECONDS : 0;
    try {
      const events = world.orders.map((order) => journeyOf(world, order).event);
      await clock.run(connector.createReturnOrders(events, ORDERS, store));
      const way = posting === 'service' ? 'posting service' : 'batch job';
      const accepted = events.map((event): ReturnEvent => ({ ...event, topic: 'return.accepted' }));
      const arrivals = (): Promise<Answer[]> => connector.receiveGoodsTogether(accepted, ARRIVALS, store);
      const arrived = await inPackage(arrivals, KINDS.arrival, accepted, product);
      rows.push(row('Finance & SCM', `arrivals, data package, ${way}`, arrived));
      if (posting !== 'service') continue;
      const credited = await clock.run(creditsOf(accepted, product));
      const refunds = (): Promise<Answer[]> => connector.bookRefundsTogether(credited, REFUNDS, store);
      const refunded = await inPackage(refunds, KINDS.refund, accepted, product);
      rows.push(row('Finance & SCM', `refunds, data package, ${way}`, refunded));
    } finally {
      await store.close();
    }
  }
  return rows;
}

async function creditsOf(
  events: readonly ReturnEvent[],
  { connector, store }: Fscm,
): Promise<CreditedReturn[]> {
  const credited: CreditedReturn[] = [];
  for (const event of events) {
    const { documents, problem } = await connector.postCredit(event, [], CREDITS, store);
    if (problem) throw new Error(problem.what);
    credited.push({ event, credits: documents });
  }
  return credited;
}

/** Looks again until every return has its document, as the deliveries of a batch do. */
async function inPackage(
  post: () => Promise<Answer[]>,
  kind: string,
  events: readonly ReturnEvent[],
  { clock, store }: Fscm,
): Promise<Tally> {
  const { calls } = await clock.run(
    counted(async () => {
      for (;;) {
        const outcomes = await post();
        const open = outcomes.filter((one) => one instanceof LedgerError);
        const [strange] = open.filter((one) => one.class !== 'state-blocked');
        if (strange) throw strange;
        for (const one of outcomes) {
          if (!(one instanceof LedgerError) && one.problem) throw new Error(one.problem.what);
        }
        if (open.length === 0) return;
        await clock.wait(LOOK_MS);
      }
    }),
  );
  const documents = await Promise.all(events.map((event) => store.documentsOf(returnKey(event))));
  const made = documents.filter((of) => of.some((one) => one.kind === kind)).length;
  if (made !== RETURNS) throw new Error(`${made} of ${RETURNS} returns have their ${kind}`);
  return calls;
}
