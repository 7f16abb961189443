import type { World } from '../world';
import { createBusinessCentralSimulator } from './business-central-simulator';
import type {
  BusinessCentralSimulator,
  ObservedDocument,
  ObservedItemEntry,
  ObservedLedger,
  ObservedReturnOrder,
  ObservedStock,
} from './simulator-types';

/** What a connection to the company needs, all as text. */
export type RehearsalApp = {
  tenant: string;
  clientId: string;
  clientSecret: string;
  /** Name of the company. */
  company: string;
  environment: string;
};

/** What has come to the company since the rehearsal began. Amounts are hundredths of the currency. */
export interface BusinessCentralChanges {
  creditMemos: ObservedDocument[];
  /** Credit memos that are not posted. */
  drafts: ObservedDocument[];
  exchangeOrders: ObservedDocument[];
  /** Invoices that were made by a call, such as the correction of a wrong credit. */
  newInvoices: ObservedDocument[];
  appliedInvoices: ReturnType<ObservedLedger['appliedInvoices']>;
  returnOrders: ObservedReturnOrder[];
  returnReceipts: ReturnType<ObservedLedger['returnReceipts']>;
  /** Item ledger entries besides those of the shop's own sales. */
  itemEntries: ObservedItemEntry[];
  /** Locations to which or from which they have moved units. */
  stock: (ObservedStock & { change: number })[];
}

/** What the Returns Sandbox node holds of Business Central. */
export interface RehearsalCompany extends BusinessCentralSimulator {
  changes(): BusinessCentralChanges;
}

/** Name of the environment in the path. */
const ENVIRONMENT = 'production';

/** Names under which a partner has published what the standard API lacks (B5, way 3) [I]. */
const SERVICES = {
  returnOrder: 'SalesReturnOrder',
  itemUnits: 'ItemUnitsOfMeasure',
  returnReasons: 'ReturnReasons',
  posting: 'ReturnPosting',
} as const;

export function rehearsalApp(company: string, clientSecret: string): RehearsalApp {
  return {
    tenant: 'sandbox-tenant',
    clientId: 'sandbox-client',
    clientSecret,
    company,
    environment: ENVIRONMENT,
  };
}

/** The company that the Returns Sandbox node holds over its shop. */
export function createRehearsalCompany(
  world: World,
  seed: number,
  { tenant, clientId, clientSecret, environment }: RehearsalApp,
  addressOf?: (simulator: string) => string,
): RehearsalCompany {
  const simulator = createBusinessCentralSimulator({
    world,
    tenant,
    clientId,
    clientSecret,
    environment,
    seed,
    services: SERVICES,
    ...(addressOf ? { publicUrl: () => addressOf('business-central') } : {}),
  });
  return { ...simulator, changes: () => changesOf(simulator.observer) };
}

function changesOf(observer: ObservedLedger): BusinessCentralChanges {
  const itemEntries = observer.itemEntries();
  const moved = new Map<string, number>();
  for (const { item, location, quantity } of itemEntries) {
    const place = `${item}|${location}`;
    moved.set(place, (moved.get(place) ?? 0) + quantity);
  }
  return {
    creditMemos: observer.creditMemos(),
    drafts: observer.drafts(),
    exchangeOrders: observer.exchangeOrders(),
    newInvoices: observer.newInvoices(),
    appliedInvoices: observer.appliedInvoices(),
    returnOrders: observer.returnOrders(),
    returnReceipts: observer.returnReceipts(),
    itemEntries,
    stock: observer
      .stock()
      .map((entry) => ({ ...entry, change: moved.get(`${entry.item}|${entry.location}`) ?? 0 }))
      .filter(({ change }) => change !== 0),
  };
}
