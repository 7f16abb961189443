import { BusinessCentralConnector } from '../../nodes/d365/business-central/connector';
import { creditConfigSchema, creditPolicyOf, refundPolicyOf } from '../../nodes/d365/credit-config';
import type {
  ArrivalPolicy,
  D365Connector,
  ExchangePolicy,
  PostedDocuments,
} from '../../nodes/d365/documents';
import { FscmConnector } from '../../nodes/d365/fscm/connector';
import { d365SettingsSchema } from '../../nodes/d365/settings';
import { asksForReplacement } from '../../nodes/returns/exchange-lines';
import type { ReturnEvent } from '../../nodes/returns/event';
import { asLedgerError } from '../../nodes/returns/failure';
import type { HttpSend } from '../../nodes/runtime/http';
import {
  ARRIVAL_JOURNAL,
  DISPOSITION,
  ORDER_PATTERN,
  REFUND_JOURNAL,
  RETURN_WAREHOUSE,
} from '../lifecycle-flow';
import { ACCOUNT, lifecycleErp, type Variant } from './lifecycle-erp';
import type { Problem, SimulatedErp, SimulatedErpParts } from './simulated-flow';

const ADDRESS = 'https://d365.example';
/** Longer than the slowest call takes beyond the time limit. */
const SETTLE_SECONDS = 30;
const JOB_SECONDS = 20;
const TRIES_AT_ONCE = 3;
const PATTERN = new RegExp(`^(?:${ORDER_PATTERN})$`);

const ARRIVALS: ArrivalPolicy = {
  when: 'return.accepted',
  rejectedGoods: 'quarantine',
  inspection: 'quarantine',
  warehouse: RETURN_WAREHOUSE,
  journalName: ARRIVAL_JOURNAL,
  mappings: null,
  dispositions: new Map([[DISPOSITION.disposition, DISPOSITION]]),
  unannounced: null,
};
const EXCHANGES: ExchangePolicy = { mappings: null, warehouse: '', orderPattern: PATTERN, after: 'credit' };

/** The whole way of a return into Dynamics 365 on a simulated clock, with the connector and what its nodes do. */
export function simulatedLifecycle(parts: SimulatedErpParts, variant: Variant): SimulatedErp {
  const { world, seed, clock, store } = parts;
  const erp = lifecycleErp({
    world,
    seed,
    variant,
    jobSeconds: JOB_SECONDS,
    now: () => clock.clock.now(),
    wait: (ms) => clock.wait(ms),
  });
  erp.underTest.dials.dropAfterCommitShare = parts.dropShare;
  const connector = connectorTo(parts, parts.http(erp.underTest), variant);
  const refund = variant === 'business-central' ? {} : { refund: 'journal', journalName: REFUND_JOURNAL };
  const config = creditConfigSchema.parse({
    connection: 'crash-connection',
    orderPattern: ORDER_PATTERN,
    toleranceMinor: 0,
    ...refund,
  });
  const policy = creditPolicyOf(config, null);
  const refunds = refundPolicyOf(config, null);

  /** As the node does: a lost answer is looked up at once, what has to wait longer waits in the store. */
  const order = async (event: ReturnEvent): Promise<Problem | null> => {
    const wanted = { warehouse: RETURN_WAREHOUSE, reasons: new Map<string, string>(), orderPattern: PATTERN };
    for (let attempt = 1; ; attempt += 1) {
      try {
        const outcome = await connector.createReturnOrder(event, wanted, store);
        return outcome.outcome === 'exception' ? outcome.problem : outcome.mismatch;
      } catch (thrown) {
        const error = asLedgerError(thrown);
        const open = error.class === 'ambiguous' && error.retryAfterMs === undefined;
        if (!open || attempt >= TRIES_AT_ONCE) throw thrown;
      }
    }
  };
  const accepted = async (event: ReturnEvent): Promise<Problem | null> => {
    const arrived = await connector.receiveGoods(event, [], ARRIVALS, store);
    if (arrived.problem) return arrived.problem;
    const credited: PostedDocuments = await connector.postCredit(event, [], policy, store);
    if (credited.problem) return credited.problem;
    const paid = refunds ? await connector.bookRefund(event, credited.documents, refunds, store) : null;
    if (paid?.problem) return paid.problem;
    if (!asksForReplacement(event)) return null;
    return (await connector.createExchange(event, [], EXCHANGES, store)).problem;
  };
  const post: SimulatedErp['post'] = async (told) => {
    const event = sameItem(told);
    const problem = await order(event);
    if (problem) return problem;
    if (event.topic !== 'return.accepted') return 'posted';
    return (await accepted(event)) ?? 'posted';
  };
  return { books: erp.books, connector, post, held: erp.held };
}

/** As the flow does: an exchange is for the same item. */
function sameItem(event: ReturnEvent): ReturnEvent {
  const lines = event.lines.map((line) =>
    /exchange/i.test(line.outcome ?? '') ? { ...line, replacementSku: line.sku } : line,
  );
  return { ...event, lines };
}

function connectorTo(parts: SimulatedErpParts, http: HttpSend, variant: Variant): D365Connector {
  const product = variant === 'business-central' ? 'bc' : 'fscm';
  const { tenant, clientId, clientSecret } = ACCOUNT;
  const given = {
    settings: d365SettingsSchema.parse({
      product,
      environmentUrl: ADDRESS,
      authorityUrl: ADDRESS,
      tenant,
      clientId,
      company: parts.world.company,
      posting: variant === 'service' ? 'service' : 'batch-job',
      settleSeconds: parts.careless ? 0 : SETTLE_SECONDS,
      timeoutSeconds: parts.timeoutSeconds,
      bcCallsPerMinute: '',
    }),
    clientSecret,
    http,
    surroundings: parts.clock,
    connectionId: 'crash-connection',
  };
  return product === 'bc' ? new BusinessCentralConnector(given) : new FscmConnector(given);
}
