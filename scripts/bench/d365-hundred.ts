import type { PackagedJournal } from '../../nodes/d365/fscm/package-document';
import { importJournals, type ImportedJournals } from '../../nodes/d365/fscm/data-package';
import { LedgerError } from '../../nodes/returns/failure';
import { postOnce } from '../../nodes/runtime/post-once';
import type { Tally } from './erp-process';
import { counted, simulatedBc, simulatedFscm, type Fscm } from './d365-products';
import { journeyOf, ORDERS } from './d365-story';
import { progress, rounded, table } from './report';

const RETURNS = 100;
const LATENCY_MS = 200;
const STAGE_SECONDS = 20;
/** Asked once, whatever the number of returns. */
const SHARED = /^token$|^\$metadata$|^GET (companies|ProductLifecycleStateProcesses)$/;

/** Calls for a hundred at once, where a product can take many: return orders, and journals in a data package. */
export async function callsOfHundred(): Promise<string> {
  progress('calls, a hundred at once');
  const rows = [
    row('Finance & SCM', 'return orders, together', await returnOrders('fscm')),
    row('Business Central', 'draft credit memos, side by side', await returnOrders('bc')),
    ...(await packages()),
  ];
  return (
    `4e. ERP calls for ${RETURNS} returns that are posted at once, Dynamics 365; simulated clock, each call ${LATENCY_MS} ms, each ` +
    `stage of a data package ${STAGE_SECONDS} s, looked at every 10 s; sign-in and names not counted; one run each\n\n` +
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

/** A hundred arrival journals and a hundred payment journals, as a data package brings them. */
async function packages(): Promise<string[][]> {
  const product = await simulatedFscm({ orders: RETURNS, latencyMs: LATENCY_MS });
  product.simulator.dials.packageStageSeconds = STAGE_SECONDS;
  const { clock, connector, store, world, simulator } = product;
  try {
    const events = world.orders.map((order) => journeyOf(world, order).event);
    await clock.run(connector.createReturnOrders(events, ORDERS, store));
    const arrivals = simulator.observer
      .returnOrders()
      .map(({ number, rma, reference, lines }): PackagedJournal => ({
        header: {
          dataAreaId: world.company,
          JournalNameId: 'RETARR',
          JournalDescription: `${reference}-A1`,
          DefaultTransactionReferenceType: 'Sales',
          DefaultTransactionReferenceNumber: number,
          DefaultReturnItemNumber: rma,
        },
        lines: lines.map(({ itemNumber, quantity, lot }, at) => ({
          LineNumber: at + 1,
          ItemNumber: itemNumber,
          ItemQuantity: -quantity,
          TransactionReferenceNumber: number,
          ReferenceInventoryLotId: lot,
          IsReturnOrder: 'Yes',
          ReturnItemNumber: rma,
          ReturnDispositionCodeId: 'CREDIT',
          ReceivingWarehouseId: 'RETQC',
        })),
      }));
    const calls = await inPackage(arrivals, product);
    return [row('Finance & SCM', 'arrival journals, data package', calls)];
  } finally {
    await store.close();
  }
}

async function inPackage(journals: readonly PackagedJournal[], product: Fscm): Promise<Tally> {
  const { clock, connector, store } = product;
  const tryOnce = (): Promise<ImportedJournals> =>
    postOnce<ImportedJournals>(
      {
        connectionId: 'bench',
        kind: 'package',
        key: 'package-1',
        returnKey: 'a/b/c/d',
        reference: 'package-1',
      },
      {
        posted: () => {
          throw new Error('A package is never completed here');
        },
        post: (attempt) => importJournals('arrival', journals, connector.with(store), attempt),
      },
      { store, surroundings: clock, limitMs: 1000 },
    );
  const { value, calls } = await clock.run(
    counted(async () => {
      for (;;) {
        try {
          return await tryOnce();
        } catch (thrown) {
          if (!(thrown instanceof LedgerError) || thrown.class !== 'state-blocked') throw thrown;
          await clock.wait(10_000);
        }
      }
    }),
  );
  if (value.numbers.size !== journals.length)
    throw new Error(`${value.numbers.size} of ${journals.length} journals came: ${value.errors.join('; ')}`);
  return calls;
}
