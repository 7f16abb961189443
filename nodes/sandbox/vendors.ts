import { randomBytes } from 'node:crypto';
import {
  createRehearsalAccount,
  rehearsalCredentials,
  type RehearsalAccount,
} from './brightpearl/rehearsal-account';
import {
  createRehearsalCompany,
  rehearsalApp,
  type RehearsalCompany,
} from './business-central/rehearsal-company';
import { createRehearsalEnvironment, type RehearsalEnvironment } from './d365/rehearsal-environment';
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
  /** How often each batch job of Finance & SCM runs, in seconds; 0: only by command. */
  jobSeconds?: number;
  /** Whether Finance & SCM has the posting service that a customer adds; by default it has. */
  postingService?: boolean;
  /** Where a vendor is reached, for the addresses that it gives. */
  addressOf?: (simulator: string) => string;
}

/** The simulated vendors of one rehearsal: they know the same shop. */
export interface Vendors {
  world: World;
  /** Dynamics 365 Finance & Supply Chain Management. */
  d365: RehearsalEnvironment;
  happyReturns: HappyReturnsSimulator;
  /** Made when it is first used: most rehearsals use one ERP. */
  brightpearl(): RehearsalAccount;
  /** Made when it is first used. */
  businessCentral(): RehearsalCompany;
  /** What is served, by the name under which connections look for it, with what a connection to it needs. */
  served: readonly { vendor: string; simulator: Simulator; account: Readonly<Record<string, string>> }[];
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
  const bcAccount = rehearsalApp(company, secret());
  const erpFaults = { latencyMs: options.latencyMs, dropAfterCommitShare: options.dropShare / 100 };

  const { addressOf, jobSeconds = 0, postingService = true } = options;
  const d365 = createRehearsalEnvironment(world, seed, { account: d365Account, jobSeconds, postingService });
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
  const businessCentral = madeAtFirstUse('business-central', () => {
    const made = createRehearsalCompany(world, seed, bcAccount, addressOf);
    Object.assign(made.dials, erpFaults);
    return made;
  });

  return {
    world,
    d365,
    happyReturns,
    brightpearl: brightpearl.get,
    businessCentral: businessCentral.get,
    served: [
      { vendor: 'd365', simulator: d365, account: d365Account },
      { vendor: 'happy-returns', simulator: happyReturns, account: hrAccount },
      { vendor: 'brightpearl', simulator: brightpearl.simulator, account: bpAccount },
      { vendor: 'businessCentral', simulator: businessCentral.simulator, account: bcAccount },
    ],
  };
}
