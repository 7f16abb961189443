import { z } from 'zod';
import { ITEM_CACHE } from '../returns/erp-connector';
import { returnKey, type ReturnEvent, type ReturnMessage } from '../returns/event';
import { asLedgerError, type LedgerError } from '../returns/failure';
import type { Problem } from '../returns/posting-checks';
import { itemNamesOf } from '../returns/posting-lines';
import { instantOf } from '../returns/time';
import { patternField } from '../runtime/config-fields';
import { defineNode, type NodeBehaviour, type NodeContext } from '../runtime/define-node';
import { erpConnectionOf } from '../runtime/erp-connection';
import { erpFault } from '../runtime/erp-fault';
import type { NodeMessage, NodeRed, SendValue } from '../runtime/node-red';
import { postingMappings } from '../runtime/posting-mappings';
import { raiseException } from '../runtime/raise-exception';
import { deliveryWaits } from '../runtime/delivery-source';
import { realSurroundings } from '../runtime/retry';
import { appendDocument, exceptionFor, readReturnMessage } from '../runtime/return-message';
import { postsDocuments, settledByHand, traceSettled } from '../runtime/settled-outside';
import { waitOrRaise } from '../runtime/wait-or-raise';
import type { ReturnsStore } from '../store/store';
import type { D365Connection } from './d365-connection';
import { closedBatchOf } from './batch-delivery';
import { BatchIntake } from './batch-intake';
import { customFieldsSchema } from './custom-fields';
import type { D365Connector } from './documents';
import { ITEM_REFUSALS, NOT_CURED } from './post-batch';
import type { ReturnOrderOutcome, ReturnOrderPolicy } from './documents';

const TYPE = 'd365-create-return-order';
/** How often a return order is tried whose outcome stays open. */
const ATTEMPTS = 3;

/** So many header inserts end well within the time limit of a call. */
const TOGETHER = 50;

const configSchema = z.object({
  name: z.string().default(''),
  connection: z.string().min(1, 'choose a D365 connection'),
  /** Id of a node Return Mappings; blank for none. */
  mappings: z.string().default(''),
  warehouse: z.string().trim().min(1, 'enter the warehouse for returned goods'),
  location: z.string().trim().default(''),
  placeFrom: z.enum(['node', 'line']).default('node'),
  fees: z.enum(['post', 'leave-out']).default('post'),
  countIn: z.enum(['order-unit', 'pieces']).default('order-unit'),
  customFields: customFieldsSchema,
  reasons: z
    .array(z.object({ platform: z.string().trim().min(1), erp: z.string().trim().min(1) }))
    .default([]),
  orderPattern: patternField,
  /** Returns of a batch that are posted with the same calls. */
  together: z
    .union([
      z.literal(''),
      z.coerce.number().int().min(1, 'must be at least 1').max(1000, 'must be at most 1000'),
    ])
    .default('')
    .transform((value) => (value === '' ? TOGETHER : value)),
});

type CreateConfig = z.infer<typeof configSchema>;

function start(node: NodeContext<CreateConfig>): NodeBehaviour {
  const { config, status } = node;
  const connection = erpConnectionOf(node, config.connection) as D365Connection;
  const used = postingMappings(node, config.mappings);
  const reasons = new Map(config.reasons.map((row) => [row.platform, row.erp]));
  const policyNow = (): ReturnOrderPolicy => ({
    warehouse: config.warehouse,
    mappings: used.current(),
    reasons,
    orderPattern: config.orderPattern,
    location: config.location,
    placeFrom: config.placeFrom,
    fees: config.fees,
    countIn: config.countIn,
    customFields: config.customFields,
  });
  const saw = (event: ReturnEvent): void => used.saw(event, reasons.size === 0 ? ['reason'] : []);
  const counts = { created: 0, found: 0, underWay: 0 };
  /** Returns, not events: several events of one return meet the same problem. */
  const held = new Set<string>();
  /** Returns that come back by themselves, from the store. */
  const waiting = new Set<string>();
  /** Returns that a person has settled outside. */
  const byHand = new Set<string>();
  const showCounts = (): void => {
    const parts = [`${counts.created} created`];
    if (waiting.size > 0) parts.push(`${waiting.size} waiting`);
    if (held.size > 0) parts.push(`${held.size} held`);
    if (byHand.size > 0) parts.push(`${byHand.size} by hand`);
    if (counts.underWay > 0) status.busy(`${counts.underWay} posting · ${parts.join(' · ')}`);
    else if (waiting.size > 0) status.waiting(parts.join(' · '));
    else if (held.size > 0) status.attention(parts.join(' · '));
    else status.ok(parts.join(' · '));
  };
  status.idle('waiting');
  const batches = new BatchIntake(node, connection, { policy: policyNow, saw }, config.together);

  const hold = async (
    view: ReturnMessage,
    message: NodeMessage,
    problem: Problem & { class?: LedgerError['class']; detail?: string },
    send: (message: SendValue) => void,
  ): Promise<void> => {
    held.add(returnKey(view.payload));
    waiting.delete(returnKey(view.payload));
    const { code, what, lines } = problem;
    const detail = problem.detail === undefined ? {} : { detail: problem.detail };
    const failure = problem.class === undefined ? {} : { class: problem.class };
    const facts = { code, what, lines, raisedBy: TYPE, ...detail, ...failure };
    const exception = exceptionFor(view, facts, realSurroundings.clock);
    await raiseException(node, await connection.store(), message, returnKey(view.payload), exception, send);
  };

  /** A call whose answer was lost is looked up after the settle time, here and now, before anyone is asked for help. */
  const create = async (
    view: ReturnMessage,
    message: NodeMessage,
    connector: D365Connector,
    store: ReturnsStore,
  ): Promise<ReturnOrderOutcome> => {
    const policy = policyNow();
    saw(view.payload);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await connector.createReturnOrder(view.payload, policy, store, node.signal);
      } catch (thrown) {
        const error = asLedgerError(thrown);
        const open = error.class === 'ambiguous' && attempt < ATTEMPTS;
        // What takes longer waits in the store; only a message that the store cannot bring back waits here.
        const long = error.retryAfterMs !== undefined && deliveryWaits(message) !== null;
        if (!open || long || node.signal.aborted) throw thrown;
        status.waiting('answer lost, looking it up');
        if (error.retryAfterMs !== undefined) await realSurroundings.wait(error.retryAfterMs, node.signal);
      }
    }
  };

  const post = async (
    view: ReturnMessage,
    message: NodeMessage,
    send: (message: SendValue) => void,
  ): Promise<void> => {
    const [connector, store] = await Promise.all([connection.connector(), connection.store()]);
    const key = returnKey(view.payload);
    const settled = await settledByHand(store, key, TYPE);
    if (settled) {
      byHand.add(key);
      traceSettled(node, message, TYPE, view.payload.returnNumber ?? view.payload.returnId, settled);
      send([message, null]);
      return;
    }
    const result = await create(view, message, connector, store);
    if (result.outcome === 'exception') {
      // What was read of an item before is not true any more (R44).
      if (result.problem.code.startsWith('sku-')) await forgetItems(view);
      await hold(view, message, result.problem, send);
      return;
    }
    appendDocument(message, result.document);
    if (result.created) counts.created += 1;
    else counts.found += 1;
    if (result.leftOut.length > 0) {
      node.warn(
        `Return order ${result.document.number}: fees are left out, as this node is set (${result.leftOut.join(', ')})`,
      );
    }
    if (result.mismatch) {
      await hold(view, message, result.mismatch, send);
      return;
    }
    held.delete(returnKey(view.payload));
    waiting.delete(returnKey(view.payload));
    const now = instantOf(realSurroundings.clock);
    const resolution = `return order ${result.document.number}`;
    await store.closeExceptions(returnKey(view.payload), resolution, NOT_CURED, now);
    send([message, null]);
  };

  /** Null where the store brings the return back by itself. */
  const faultOf = async (
    view: ReturnMessage,
    message: NodeMessage,
    error: LedgerError,
  ): Promise<ReturnType<typeof erpFault> | null> => {
    const connector = await connection.connector().catch(() => null);
    if (!connector) return erpFault(error);
    const parts = { connector, raisedBy: TYPE, surroundings: realSurroundings };
    const decided = waitOrRaise(message, view, error, parts);
    return decided.outcome === 'waits' ? null : decided.fault;
  };

  const forgetItems = async (view: ReturnMessage): Promise<void> => {
    const [connector, store] = await Promise.all([connection.connector(), connection.store()]);
    const items = itemNamesOf(view.payload, used.current());
    await store.forgetMasterData(connector.connectionId, ITEM_CACHE, items);
  };

  return {
    input: async (message, send) => {
      const batch = closedBatchOf(message);
      if (batch) {
        await batches.take(message, batch, send);
        return;
      }
      const view = readReturnMessage(message);
      if (!asksForReturnOrder(view)) {
        send([message, null]);
        return;
      }
      counts.underWay += 1;
      showCounts();
      try {
        await post(view, message, send);
      } catch (thrown) {
        // A node that is closing has not failed: the delivery stays open and is sent again.
        if (node.signal.aborted) throw thrown;
        const error = asLedgerError(thrown);
        const itemCode = ITEM_REFUSALS[error.code];
        if (itemCode !== undefined) await forgetItems(view);
        const fault = await faultOf(view, message, error);
        if (fault === null) waiting.add(returnKey(view.payload));
        else
          await hold(view, message, { ...fault, ...(itemCode ? { code: itemCode } : {}), lines: [] }, send);
      } finally {
        counts.underWay -= 1;
        showCounts();
      }
    },
  };
}

/** A cancelled return needs no document, and an update without lines tells of bags and boxes only. */
function asksForReturnOrder(view: ReturnMessage): boolean {
  const { topic, lines } = view.payload;
  return topic !== 'return.cancelled' && !(topic === 'return.updated' && lines.length === 0);
}

export default function register(RED: NodeRed): void {
  postsDocuments(TYPE);
  defineNode(RED, { type: TYPE, config: configSchema, start });
}
