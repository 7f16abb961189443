import {
  createBusinessCentralSimulator,
  type BusinessCentralSimulator,
} from '../../nodes/sandbox/business-central/business-central-simulator';
import type { ObservedDocument } from '../../nodes/sandbox/business-central/simulator-types';
import { createD365Simulator, type D365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import type { SimulatedRequest } from '../../nodes/sandbox/simulator';
import type { World } from '../../nodes/sandbox/world';
import { DISPOSITION } from '../lifecycle-flow';
import type { Held, Line, Meant } from './check';
import { d365UnderTest, heldByD365, refusal } from './d365-erp';
import type { ErpUnderTest } from './faulty-erp';
import type { Bookkeeping } from './happy-returns-plan';
import { REFUSALS, shareOf } from './returns-mix';

/** How the harness knows the documents of a whole return in Dynamics 365, in either product. */

/** Who posts what was made: the customer's service, the product's batch jobs, or the draft's own action. */
export type Variant = 'service' | 'batch-jobs' | 'business-central';

export const ACCOUNT = {
  tenant: 'crash-tenant',
  clientId: 'crash-client',
  clientSecret: 'crash-client-secret',
};
/** Replacements must not run out of stock: that is another test's matter. */
const PLENTY = 1_000_000;
const EXCHANGE_SHARE = 0.2;
const POSTED = { posted: 'yes' };

export interface LifecycleErpOptions {
  world: World;
  seed: number;
  variant: Variant;
  /** How often each batch job runs. */
  jobSeconds: number;
  now?: () => number;
  wait?: (milliseconds: number) => Promise<void>;
}

export interface LifecycleErp {
  underTest: ErpUnderTest;
  books: Bookkeeping;
  /** What there is of each return, by kind. */
  held: () => Held[];
}

export function lifecycleErp(options: LifecycleErpOptions): LifecycleErp {
  return options.variant === 'business-central' ? businessCentral(options) : fscm(options);
}

/** Goods, money and replacements as they must be of a return that is accepted whole. */
function booksFor(refusals: Bookkeeping['refusals'], refunds: boolean): Bookkeeping {
  const further = (lines: readonly Line[], { exchange }: { exchange: boolean }): Meant[] => {
    const minor = lines.reduce((sum, line) => sum + line.minor, 0);
    const paid: Meant = { kind: 'refund', lines: [{ sku: 'money', quantity: 1, minor }], also: POSTED };
    return [
      { kind: 'arrival', lines: lines.map((line) => ({ ...line, minor: 0 })), also: POSTED },
      { kind: 'credit', lines: [...lines] },
      // An even exchange moves no money.
      ...(refunds && !exchange ? [paid] : []),
      ...(exchange ? [{ kind: 'replacement', lines: [...lines] }] : []),
    ];
  };
  return {
    refusals,
    amount: (line, units) => shareOf(line.amountMinor, units, line.quantity),
    accepted: { disposition: DISPOSITION.disposition },
    exchangeShare: EXCHANGE_SHARE,
    further,
  };
}

function fscm({ world, seed, variant, jobSeconds, now, wait }: LifecycleErpOptions): LifecycleErp {
  const byJobs = variant === 'batch-jobs';
  const d365 = createD365Simulator({
    world,
    ...ACCOUNT,
    seed,
    openingStock: PLENTY,
    ...(byJobs ? { customService: null } : {}),
    ...(now ? { now } : {}),
    ...(wait ? { wait } : {}),
  });
  if (byJobs) {
    Object.assign(d365.dials, {
      arrivalJobSeconds: jobSeconds,
      packingSlipJobSeconds: jobSeconds,
      invoiceJobSeconds: jobSeconds,
      paymentJobSeconds: jobSeconds,
    });
  }
  return {
    underTest: d365UnderTest(d365),
    books: booksFor(REFUSALS, true),
    held: () => heldByFscm(d365),
  };
}

/** Return orders, and beside them what hangs on each; a journal counts whether it is posted or not, and says so. */
function heldByFscm(d365: D365Simulator): Held[] {
  const { observer } = d365;
  const orders = observer.returnOrders();
  const referenceOf = new Map(orders.map(({ number, reference }) => [number, reference]));
  const journals = new Map<string, Held>();
  for (const { journal, posted, reference, amount } of observer.refunds()) {
    const before = journals.get(journal);
    const minor = Math.round(amount * 100) + (before?.minor ?? 0);
    journals.set(journal, {
      kind: 'refund',
      reference: referenceOf.get(reference) ?? reference,
      number: journal,
      minor,
      lines: [{ sku: 'money', quantity: 1, minor }],
      also: postedOr(posted),
    });
  }
  return [
    ...heldByD365(d365),
    ...observer.arrivals().map(({ journal, description, lines, posted }): Held => ({
      kind: 'arrival',
      reference: description.replace(/-A\d+$/, ''),
      number: journal,
      minor: 0,
      lines: lines.map(({ item, quantity }) => ({ sku: item, quantity, minor: 0 })),
      also: postedOr(posted),
    })),
    ...observer.creditNotes().map(({ number, reference, total, lines }): Held => ({
      kind: 'credit',
      reference,
      number,
      minor: Math.round(-total * 100),
      lines: lines.map(({ item, quantity, amount }) => ({
        sku: item,
        quantity: -quantity,
        minor: Math.round(-amount * 100),
      })),
    })),
    ...journals.values(),
    ...observer.salesOrders().map(({ number, reference, lines }): Held => {
      const held = lines.map(({ item, quantity, amount }) => ({
        sku: item,
        quantity,
        minor: Math.round(amount * 100),
      }));
      return replacement(reference, number, held);
    }),
  ];
}

function postedOr(posted: boolean): Record<string, string> {
  return posted ? POSTED : { posted: 'no' };
}

function replacement(reference: string, number: string, lines: Line[]): Held {
  const minor = lines.reduce((sum, line) => sum + line.minor, 0);
  return { kind: 'replacement', reference: reference.replace(/-X$/, ''), number, minor, lines };
}

function businessCentral({ world, seed, now, wait }: LifecycleErpOptions): LifecycleErp {
  const simulator = createBusinessCentralSimulator({
    world,
    ...ACCOUNT,
    seed,
    initialStock: PLENTY,
    ...(now ? { now } : {}),
    ...(wait ? { wait } : {}),
  });
  simulator.dials.limitsOff = true;
  const { dials } = simulator;
  return {
    underTest: {
      name: 'business-central',
      handle: (request) => simulator.handle(request),
      dials,
      settled: () => simulator.observer.settled(),
      isWrite,
      refusal,
    },
    // Business Central knows no discontinued items, and its API makes no refunds.
    books: booksFor(
      REFUSALS.filter(({ code }) => code !== 'sku-discontinued'),
      false,
    ),
    held: () => heldByBusinessCentral(simulator),
  };
}

/** Credit memos as the main documents, posted or not; the goods by the item ledger, the credit where it is posted. */
function heldByBusinessCentral({ observer }: BusinessCentralSimulator): Held[] {
  const posted = observer.creditMemos();
  const memos = [...posted, ...observer.drafts()].map((memo): Held => heldMemo(memo));
  const entries = observer.itemEntries();
  return [
    ...memos,
    ...posted.map((memo): Held => ({ ...heldMemo(memo), kind: 'credit' })),
    ...posted.flatMap(({ number, externalNumber }): Held[] => {
      const lines = entries
        .filter((entry) => entry.document === number)
        .map(({ item, quantity }) => ({ sku: item, quantity, minor: 0 }));
      return lines.length === 0
        ? []
        : [{ kind: 'arrival', reference: externalNumber, number, minor: 0, lines, also: POSTED }];
    }),
    ...observer
      .exchangeOrders()
      .map(({ number, externalNumber, lines }) => replacement(externalNumber, number, linesOf(lines))),
  ];
}

function heldMemo({ number, externalNumber, gross, lines }: ObservedDocument): Held {
  return { reference: externalNumber, number, minor: gross, lines: linesOf(lines) };
}

function linesOf(lines: ObservedDocument['lines']): Line[] {
  return lines.map((line) => ({ sku: line.number, quantity: line.quantity, minor: line.gross }));
}

/** Everything but a GET, a sign-in, and a batch that only reads. */
function isWrite({ method, url, body }: SimulatedRequest): boolean {
  if (method === 'GET' || /\/oauth2\//.test(url)) return false;
  return !/\/\$batch(\?|$)/.test(url) || /"method"\s*:\s*"(?!GET")/i.test(body.toString());
}
