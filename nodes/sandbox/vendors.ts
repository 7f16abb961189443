import { randomBytes } from 'node:crypto';
import {
  createRehearsalAccount,
  rehearsalCredentials,
  type RehearsalAccount,
} from './brightpearl/rehearsal-account';
import { createD365Simulator, type D365Simulator } from './d365/d365-simulator';
import {
  createHappyReturnsSimulator,
  type HappyReturnsSimulator,
} from './happy-returns/happy-returns-simulator';
import { madeAtFirstUse, type Simulator } from './simulator';
import { createWorld, type World } from './world';

export interface VendorOptions {
  /** The merchant at the returns platform, and its company in Dynamics 365. */
  brand: string;
  company: string;
  seed: number;
  /** Share of webhooks that are delivered twice, in percent. */
  duplicates: number;
  /** Webhooks are shuffled within windows of this many. */
  reorder: number;
  /** How long each call to an ERP takes, in milliseconds. */
  latencyMs: number;
  /** Share of writes in an ERP whose answer is lost, in percent. */
  dropShare: number;
  /** Calls a minute that Brightpearl takes. */
  callsPerMinute: number;
}

/** The simulated vendors of one rehearsal: they know the same shop. */
export interface Vendors {
  world: World;
  d365: D365Simulator;
  happyReturns: HappyReturnsSimulator;
  /** Made when it is first used: most rehearsals use one ERP. */
  brightpearl(): RehearsalAccount;
  /** What is served, by the name of the vendor, with what a connection to it needs. */
  served: readonly { simulator: Simulator; account: Readonly<Record<string, string>> }[];
}

/** Makes the vendors, with secrets that are drawn anew. */
export function createVendors(options: VendorOptions): Vendors {
  const { brand, company, seed } = options;
  const world = createWorld({ seed, brand, company });
  const secret = (): string => randomBytes(24).toString('hex');
  const d365Account = {
    tenant: 'sandbox-tenant',
    clientId: 'sandbox-client',
    clientSecret: secret(),
    company,
  };
  const hrAccount = { webhookSecret: secret(), apiKey: secret() };
  const bpAccount = rehearsalCredentials(secret());
  const erpFaults = { latencyMs: options.latencyMs, dropAfterCommitShare: options.dropShare / 100 };

  const d365 = createD365Simulator({ world, ...d365Account, seed });
  Object.assign(d365.dials, erpFaults);
  const happyReturns = createHappyReturnsSimulator({
    world,
    secret: hrAccount.webhookSecret,
    apiKey: hrAccount.apiKey,
    seed,
  });
  happyReturns.dials.duplicateShare = options.duplicates / 100;
  happyReturns.dials.reorderWindow = options.reorder;
  const brightpearl = madeAtFirstUse('brightpearl', () => {
    const account = createRehearsalAccount(world, seed, bpAccount);
    Object.assign(account.dials, erpFaults, { throttleLimit: options.callsPerMinute });
    return account;
  });

  return {
    world,
    d365,
    happyReturns,
    brightpearl: brightpearl.get,
    served: [
      { simulator: d365, account: d365Account },
      { simulator: happyReturns, account: hrAccount },
      { simulator: brightpearl.simulator, account: bpAccount },
    ],
  };
}
