import type { World } from '../world';
import type { BatchLogEntry } from './batch-jobs';
import { createD365Simulator } from './d365-simulator';
import type {
  ObservedArrival,
  ObservedCreditNote,
  ObservedPaymentLine,
  ObservedQuarantine,
  ObservedRefund,
  ObservedReturnOrder,
  ObservedSalesOrder,
  ObservedStock,
} from './observed-types';
import type { D365Simulator } from './simulator-types';

/** What has come to the environment since the rehearsal began. Amounts are in currency; negative is credited. */
export interface D365Changes {
  returnOrders: ObservedReturnOrder[];
  arrivals: ObservedArrival[];
  creditNotes: ObservedCreditNote[];
  refunds: ObservedRefund[];
  /** Refund lines of the call center. */
  paymentLines: ObservedPaymentLine[];
  exchangeOrders: ObservedSalesOrder[];
  quarantine: ObservedQuarantine[];
  /** Places that hold more or fewer units than at the start, and what was scrapped. */
  stock: (ObservedStock & { change: number })[];
  /** What came back into the books, at what cost. */
  costs: { returnOrder: string; item: string; quantity: number; unitCost: number; cost: number }[];
  /** Documents that nothing has posted yet. */
  notPosted: {
    arrivalJournals: string[];
    packingSlips: string[];
    creditNotes: string[];
    paymentJournals: string[];
  };
  /** The last result of each document that a batch job took up. */
  batchJobs: BatchLogEntry[];
}

/** What the Returns Sandbox node holds of Finance & Supply Chain Management. */
export interface RehearsalEnvironment extends D365Simulator {
  changes(): D365Changes;
}

export interface RehearsalEnvironmentOptions {
  account: { tenant: string; clientId: string; clientSecret: string; company: string };
  /** How often each batch job runs, in seconds; 0: only by command. */
  jobSeconds: number;
  /** Whether the customer has added a posting service. */
  postingService: boolean;
}

/** A warehouse of its own for what is not inspected, so that a rehearsal sees where the goods are. */
const QUARANTINE_WAREHOUSE = 'QUAR';

/** The environment that the Returns Sandbox node holds over its shop: set up for the whole way of a return. */
export function createRehearsalEnvironment(
  world: World,
  seed: number,
  { account, jobSeconds, postingService }: RehearsalEnvironmentOptions,
): RehearsalEnvironment {
  const simulator = createD365Simulator({
    world,
    ...account,
    seed,
    quarantineWarehouse: QUARANTINE_WAREHOUSE,
    specialProducts: true,
    callCenter: true,
    ...(postingService ? {} : { customService: null }),
  });
  Object.assign(simulator.dials, {
    arrivalJobSeconds: jobSeconds,
    packingSlipJobSeconds: jobSeconds,
    invoiceJobSeconds: jobSeconds,
    paymentJobSeconds: jobSeconds,
  });
  const before = byPlace(simulator.observer.stock());
  const changes = (): D365Changes => {
    // A rehearsal that waits for a job makes no calls meanwhile.
    simulator.operator.runDueJobs();
    return changesOf(simulator, before);
  };
  return { ...simulator, changes };
}

function changesOf({ observer }: D365Simulator, before: ReadonlyMap<string, ObservedStock>): D365Changes {
  const returnOrders = observer.returnOrders();
  const arrivals = observer.arrivals();
  const refunds = observer.refunds();
  const withLine = (status: string): string[] =>
    returnOrders
      .filter(({ lines }) => lines.some((line) => line.status === status))
      .map(({ number }) => number);
  return {
    returnOrders,
    arrivals,
    creditNotes: observer.creditNotes(),
    refunds,
    paymentLines: observer
      .paymentLines()
      .filter(({ order }) => returnOrders.some((one) => one.number === order)),
    exchangeOrders: observer.salesOrders(),
    quarantine: observer.quarantine(),
    stock: [...byPlace(observer.stock())]
      .map(([place, entry]) => ({ ...entry, change: entry.quantity - (before.get(place)?.quantity ?? 0) }))
      .filter(({ change }) => change !== 0),
    costs: costsOf(returnOrders),
    notPosted: {
      arrivalJournals: arrivals.filter(({ posted }) => !posted).map(({ journal }) => journal),
      packingSlips: withLine('Registered'),
      creditNotes: withLine('Received'),
      paymentJournals: [...new Set(refunds.filter(({ posted }) => !posted).map(({ journal }) => journal))],
    },
    batchJobs: [
      ...new Map(observer.batchLog().map((entry) => [`${entry.job} ${entry.document}`, entry])).values(),
    ],
  };
}

/** Places that are empty now are not told by the observer; nothing is taken out of the shop's stock by returns. */
function byPlace(stock: readonly ObservedStock[]): Map<string, ObservedStock> {
  const places = new Map<string, ObservedStock>();
  for (const entry of stock) {
    const place = [entry.item, entry.warehouse, entry.location, entry.place].join(' ');
    const quantity = entry.quantity + (places.get(place)?.quantity ?? 0);
    places.set(place, { ...entry, quantity });
  }
  return places;
}

/** Goods have a cost from their packing slip on. */
function costsOf(returnOrders: readonly ObservedReturnOrder[]): D365Changes['costs'] {
  return returnOrders.flatMap(({ number, lines }) =>
    lines
      .filter(({ packingSlip }) => packingSlip !== '')
      .map(({ itemNumber, quantity, unitCost }) => ({
        returnOrder: number,
        item: itemNumber,
        quantity: -quantity,
        unitCost,
        cost: Math.round(-quantity * unitCost * 100) / 100,
      })),
  );
}
