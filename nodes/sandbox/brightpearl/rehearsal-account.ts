import type { World } from '../world';
import { createBrightpearlSimulator } from './brightpearl-simulator';
import type { SimBundle } from './records';
import type {
  BrightpearlSimulator,
  LedgerEntry,
  ObservedNote,
  ObservedOrder,
  ObservedPayment,
  ObservedStock,
} from './simulator-types';

/** What a connection to the account needs, all as text. */
export type RehearsalCredentials = {
  /** The account code in the path. */
  account: string;
  appRef: string;
  /** Token of a private system app. */
  accountToken: string;
  /** The installed integration instance that our documents name beside their reference. */
  instanceId: string;
};

/** What has come to the account since the rehearsal began. Amounts are hundredths of the currency. */
export interface BrightpearlChanges {
  salesCredits: ObservedOrder[];
  goodsInNotes: ObservedNote[];
  payments: ObservedPayment[];
  exchangeOrders: ObservedOrder[];
  ledger: LedgerEntry[];
  /** Locations that hold more or fewer units than at the start. */
  stock: (ObservedStock & { change: number })[];
}

export interface RehearsalAccount extends BrightpearlSimulator {
  changes(): BrightpearlChanges;
}

export function rehearsalCredentials(accountToken: string): RehearsalCredentials {
  return { account: 'sandbox', appRef: 'sandbox_returns', accountToken, instanceId: '7' };
}

/** The account that the Returns Sandbox node holds over its shop. */
export function createRehearsalAccount(
  world: World,
  seed: number,
  { account, appRef, accountToken }: RehearsalCredentials,
): RehearsalAccount {
  const simulator = createBrightpearlSimulator({
    world,
    account,
    auth: { appRef, accountToken },
    seed,
    bundles: sockPacks(world),
  });
  const { observer } = simulator;
  const place = ({ sku, locationId }: ObservedStock): string => `${locationId} ${sku}`;
  const before = new Map(observer.stock().map((entry) => [place(entry), entry.quantity]));
  const changes = (): BrightpearlChanges => ({
    salesCredits: observer.salesCredits(),
    goodsInNotes: observer.goodsInNotes(),
    payments: observer.payments(),
    exchangeOrders: observer.exchangeOrders(),
    ledger: observer.ledger(),
    stock: observer
      .stock()
      .map((entry) => ({ ...entry, change: entry.quantity - (before.get(place(entry)) ?? 0) }))
      .filter(({ change }) => change !== 0),
  });
  return { ...simulator, changes };
}

/** The shop sells socks in packs; in Brightpearl a pack is a bundle of three pairs, which the shop does not know. */
export function sockPacks(world: World): SimBundle[] {
  const packs = world.items.filter(({ name, state }) => state === 'active' && name.startsWith('Sock pack'));
  return packs.flatMap(({ sku, name }): SimBundle[] => {
    const pair = { sku: `PAIR-${sku}`, name: name.replace('Sock pack', 'Pair of socks'), components: [] };
    return [pair, { sku, components: [{ sku: pair.sku, quantity: 3 }] }];
  });
}
