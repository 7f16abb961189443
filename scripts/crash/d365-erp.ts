import { FscmConnector } from '../../nodes/d365/fscm/connector';
import type { ReturnOrderOutcome } from '../../nodes/d365/documents';
import { d365SettingsSchema } from '../../nodes/d365/settings';
import { asLedgerError } from '../../nodes/returns/failure';
import { createD365Simulator, type D365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import type { SimulatedRequest, SimulatedResponse } from '../../nodes/sandbox/simulator';
import type { Held } from './check';
import { OUTAGE_WAIT_SECONDS, type ErpUnderTest, type Outage } from './faulty-erp';
import type { Bookkeeping } from './happy-returns-plan';
import { REFUSALS, shareOf } from './returns-mix';
import type { SimulatedErp, SimulatedErpParts } from './simulated-flow';

/** How the harness knows Dynamics 365. */

export const D365_BOOKS: Bookkeeping = {
  refusals: REFUSALS,
  amount: (line, units) => shareOf(line.amountMinor, units, line.quantity),
};

export function d365UnderTest(d365: D365Simulator): ErpUnderTest {
  return {
    name: 'd365',
    handle: (request) => d365.handle(request),
    dials: d365.dials,
    settled: () => d365.observer.settled(),
    isWrite,
    refusal,
  };
}

/** The return orders of the simulated ERP that are not cancelled. */
export function heldByD365(d365: D365Simulator): Held[] {
  return d365.observer
    .returnOrders()
    .filter((document) => document.status !== 'Canceled')
    .map((document) => ({
      reference: document.reference,
      number: document.number,
      minor: Math.round(-document.total * 100),
      lines: document.lines.map((line) => ({
        sku: line.itemNumber,
        quantity: -line.quantity,
        minor: Math.round(-line.amount * 100),
      })),
    }));
}

/** A row that is created, a batch that holds a changeset, or a posting. */
function isWrite(request: SimulatedRequest): boolean {
  if (request.method !== 'GET' && request.url.startsWith('/api/services/')) return true;
  if (request.method === 'GET' || !request.url.startsWith('/data/')) return false;
  return (
    !request.url.startsWith('/data/$batch') ||
    /content-type:\s*multipart\/mixed/i.test(request.body.toString())
  );
}

export function refusal({ kind }: Outage): SimulatedResponse {
  if (kind === 'unavailable') {
    return { status: 503, headers: { 'content-type': 'text/html' }, body: 'Service Unavailable' };
  }
  return { status: 429, headers: { 'retry-after': String(OUTAGE_WAIT_SECONDS) }, body: '{}' };
}

const ADDRESS = 'https://d365.example';
const ACCOUNT = { tenant: 'crash-tenant', clientId: 'crash-client', clientSecret: 'crash-client-secret' };
/** Longer than the slowest call takes beyond the time limit. */
const SETTLE_SECONDS = 30;
const TRIES_AT_ONCE = 3;

/** Dynamics 365 on a simulated clock, with the connector and what its node does. */
export function simulatedD365(parts: SimulatedErpParts): SimulatedErp {
  const { world, seed, clock, store, timeoutSeconds } = parts;
  const d365 = createD365Simulator({
    world,
    ...ACCOUNT,
    seed,
    now: () => clock.clock.now(),
    wait: (ms) => clock.wait(ms),
  });
  d365.dials.dropAfterCommitShare = parts.dropShare;
  const connector = new FscmConnector({
    settings: d365SettingsSchema.parse({
      environmentUrl: ADDRESS,
      authorityUrl: ADDRESS,
      tenant: ACCOUNT.tenant,
      clientId: ACCOUNT.clientId,
      company: world.company,
      settleSeconds: parts.careless ? 0 : SETTLE_SECONDS,
      timeoutSeconds,
    }),
    clientSecret: ACCOUNT.clientSecret,
    http: parts.http(d365),
    surroundings: clock,
    connectionId: 'crash-connection',
  });
  const policy = {
    warehouse: world.returnWarehouse,
    reasons: new Map<string, string>(),
    orderPattern: /^AC-\d+$/,
  };
  /** As the node does: a lost answer is looked up at once, what has to wait longer waits in the store. */
  const post: SimulatedErp['post'] = async (event) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const outcome: ReturnOrderOutcome = await connector.createReturnOrder(event, policy, store);
        return outcome.outcome === 'exception' ? outcome.problem : (outcome.mismatch ?? 'posted');
      } catch (thrown) {
        const error = asLedgerError(thrown);
        const open = error.class === 'ambiguous' && error.retryAfterMs === undefined;
        if (!open || attempt >= TRIES_AT_ONCE) throw thrown;
      }
    }
  };
  return { books: D365_BOOKS, connector, post, held: () => heldByD365(d365) };
}
