import { BrightpearlConnector } from '../../nodes/brightpearl/connector';
import {
  creditConfigSchema,
  creditPolicyOf,
  invoicePolicyOf,
  refundPolicyOf,
} from '../../nodes/brightpearl/credit-config';
import { invoiceCredit } from '../../nodes/brightpearl/invoice-credit';
import { raisesCredit } from '../../nodes/brightpearl/policy';
import { bookRefund } from '../../nodes/brightpearl/refund';
import { brightpearlSettingsSchema, fixedToken } from '../../nodes/brightpearl/settings';
import type { PostedDocument, ReturnEvent } from '../../nodes/returns/event';
import { BRIGHTPEARL_SECRETS, CREDIT_NODE, LOCKED_STATUS } from '../brightpearl-flow';
import { BrightpearlAccount, REFUNDS } from './brightpearl-erp';
import type { Problem, SimulatedErp, SimulatedErpParts } from './simulated-flow';

/** The vendor's own throttle: on a simulated clock its waits cost nothing. */
const VENDORS_CALLS_PER_MINUTE = 200;
const LOCKED_MS = 120_000;

/** Brightpearl on a simulated clock, with the connector and what its node does. */
export function simulatedBrightpearl(
  parts: SimulatedErpParts,
  { refunds }: { refunds: boolean },
): SimulatedErp {
  const { world, seed, clock, store, timeoutSeconds } = parts;
  const { account, appRef, token, instanceId } = BRIGHTPEARL_SECRETS;
  const brightpearl = new BrightpearlAccount({
    world,
    seed,
    callsPerMinute: VENDORS_CALLS_PER_MINUTE,
    lockedMs: LOCKED_MS,
    now: () => clock.clock.now(),
    wait: (ms) => clock.wait(ms),
    uniqueKey: !parts.careless,
    refunds,
  });
  brightpearl.simulator.dials.dropAfterCommitShare = parts.dropShare;
  const connector = new BrightpearlConnector({
    settings: brightpearlSettingsSchema.parse({
      apiUrl: 'https://brightpearl.example',
      account,
      authKind: 'system',
      appRef,
      instanceId,
      lockedStatuses: LOCKED_STATUS,
      timeoutSeconds,
      // Looked up while what was sent may still be on its way.
      retryFirstSeconds: 1,
    }),
    tokens: fixedToken(token),
    http: parts.http(brightpearl.simulator),
    surroundings: clock,
    connectionId: 'crash-account',
  });
  const config = creditConfigSchema.parse({
    ...CREDIT_NODE,
    ...(refunds ? REFUNDS : {}),
    account: 'crash-account',
  });
  const policy = creditPolicyOf(config);
  const followUp = async (event: ReturnEvent, credit: PostedDocument): Promise<Problem | null> => {
    if (!refunds) return null;
    const account = connector.with(store);
    const invoiced = await invoiceCredit(event, credit, invoicePolicyOf(config), account);
    if (invoiced.outcome === 'exception') return invoiced.problem;
    const booked = await bookRefund(event, credit, refundPolicyOf(config), account);
    return booked.outcome === 'exception' ? booked.problem : null;
  };
  /** As the node does: what has to wait waits in the store. */
  const post: SimulatedErp['post'] = async (event) => {
    if (!raisesCredit({ payload: event }, config.creditOn)) return 'passed-on';
    const credited = await connector.createSalesCredit(event, policy, store);
    if (credited.outcome === 'exception') return credited.problem;
    return credited.mismatch ?? (await followUp(event, credited.document)) ?? 'posted';
  };
  return { books: brightpearl.books, connector, post, held: () => brightpearl.held() };
}
