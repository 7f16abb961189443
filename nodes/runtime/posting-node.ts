import type { ErpConnector } from '../returns/erp-connector';
import { returnKey, type PostedDocument, type ReturnMessage } from '../returns/event';
import { CATALOGUE, type ExceptionCode } from '../returns/exception-catalogue';
import { asLedgerError, type LedgerError } from '../returns/failure';
import type { Problem } from '../returns/posting-checks';
import { instantOf } from '../returns/time';
import type { ReturnsStore } from '../store/store';
import type { NodeBehaviour, NodeContext } from './define-node';
import { deliveryWaits } from './delivery-source';
import { erpFault } from './erp-fault';
import type { NodeMessage, SendValue } from './node-red';
import { showPosting } from './posting-status';
import { raiseException } from './raise-exception';
import { realSurroundings } from './retry';
import { appendDocument, exceptionFor, readReturnMessage } from './return-message';
import { settledByHand, traceSettled } from './settled-outside';
import { waitOrRaise } from './wait-or-raise';

/** How often a document is tried whose outcome stays open. */
const ATTEMPTS = 3;
/** Other events of a return, and other nodes, may be held for reasons that a document does not cure. */
const EVERY_CODE = Object.keys(CATALOGUE) as ExceptionCode[];

export interface Posted {
  /** What stands in the ERP for the return; the message goes on with it. */
  documents: readonly PostedDocument[];
  /** How many of them this message has made, besides what was tallied before. */
  made: number;
  problem: Problem | null;
}

/** The part of a connection node that posting nodes need. */
export interface PostingConnection<Connector extends ErpConnector> {
  connector(): Promise<Connector>;
  store(): Promise<ReturnsStore>;
}

export interface PostingNode<Connector extends ErpConnector> {
  /** The node's type: who raises its exceptions. */
  type: string;
  /** What the status calls that which was made, for example `booked`. */
  made: string;
  /** Whether an event asks this node for anything; else it goes on as it is, without a call. */
  concerns: (view: ReturnMessage) => boolean;
  /** The exception that an error is by its code; undefined where only its class tells. */
  codeOf: (code: string) => ExceptionCode | undefined;
  /**
   * Exceptions that a document of this node does not make good; all others of the return are closed with it. Without, only
   * what a person has sent back for another try is closed.
   */
  notCured?: readonly ExceptionCode[];
  /** What a return waits for, in a few words for the status; null where that is not to be told. */
  waitsFor?: (error: LedgerError) => string | null;
  /** What happens before an exception is raised, such as forgetting what was read of an item. */
  onProblem?: (
    view: ReturnMessage,
    problem: Problem,
    connector: Connector,
    store: ReturnsStore,
  ) => Promise<void>;
  /** What the status says for as long as the ERP asked for no document of this kind; null where it always has one. */
  needless?: (connector: Connector) => string | null;
  /** `tally` counts what was made where more is to come, which may have to be waited for. */
  post: (
    view: ReturnMessage,
    connector: Connector,
    store: ReturnsStore,
    message: NodeMessage,
    tally: (made: number) => void,
  ) => Promise<Posted>;
}

/**
 * What the nodes have in common that post a document of a return to an ERP: waits and exceptions, counts in the status,
 * documents in the message.
 */
export function postingNode<Connector extends ErpConnector>(
  node: NodeContext<unknown>,
  connection: PostingConnection<Connector>,
  {
    type,
    made,
    concerns,
    codeOf,
    notCured = EVERY_CODE,
    waitsFor,
    onProblem,
    needless,
    post,
  }: PostingNode<Connector>,
): NodeBehaviour {
  const { status } = node;
  const counts = { made: 0, underWay: 0 };
  /** Returns, not events: several events of one return meet the same problem. */
  const held = new Set<string>();
  /** Returns that come back by themselves, from the store, and what they wait for. */
  const waiting = new Map<string, string | null>();
  /** Returns that a person has settled outside. */
  const byHand = new Set<string>();
  let none: string | null = null;
  const tally = (more: number): void => {
    counts.made += more;
  };
  const showCounts = (): void => {
    const { underWay } = counts;
    const done = counts.made === 0 && none !== null ? none : `${counts.made} ${made}`;
    showPosting(status, { made: done, underWay, waiting, held: held.size, byHand: byHand.size });
  };
  status.idle('waiting');

  const hold = async (
    view: ReturnMessage,
    message: NodeMessage,
    problem: Problem & { class?: LedgerError['class']; detail?: string },
    send: (message: SendValue) => void,
  ): Promise<void> => {
    const key = returnKey(view.payload);
    held.add(key);
    waiting.delete(key);
    const store = await connection.store();
    const connector = onProblem ? await connection.connector().catch(() => null) : null;
    if (connector) await onProblem?.(view, problem, connector, store);
    const exception = exceptionFor(view, { ...problem, raisedBy: type }, realSurroundings.clock);
    await raiseException(node, store, message, key, exception, send);
  };

  const work = async (
    view: ReturnMessage,
    message: NodeMessage,
    send: (message: SendValue) => void,
  ): Promise<void> => {
    const [connector, store] = await Promise.all([connection.connector(), connection.store()]);
    const key = returnKey(view.payload);
    const settled = await settledByHand(store, key, type);
    if (settled) {
      byHand.add(key);
      held.delete(key);
      waiting.delete(key);
      traceSettled(node, message, type, view.payload.returnNumber ?? view.payload.returnId, settled);
      send([message, null]);
      return;
    }
    const posted = await lookingUp(node, message, () => post(view, connector, store, message, tally));
    for (const document of posted.documents) appendDocument(message, document);
    tally(posted.made);
    none = needless?.(connector) ?? null;
    if (posted.problem) {
      await hold(view, message, posted.problem, send);
      return;
    }
    held.delete(key);
    waiting.delete(key);
    const resolution = posted.documents.map(({ kind, number }) => `${kind} ${number}`).join(', ') || type;
    await store.closeExceptions(key, resolution, notCured, instantOf(realSurroundings.clock));
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
    const parts = { connector, raisedBy: type, surroundings: realSurroundings };
    const decided = waitOrRaise(message, view, error, parts);
    return decided.outcome === 'waits' ? null : decided.fault;
  };

  return {
    input: async (message, send) => {
      const view = readReturnMessage(message);
      if (!concerns(view)) {
        send([message, null]);
        return;
      }
      counts.underWay += 1;
      showCounts();
      try {
        await work(view, message, send);
      } catch (thrown) {
        // A node that is closing has not failed: the delivery stays open and is sent again.
        if (node.signal.aborted) throw thrown;
        const error = asLedgerError(thrown);
        const fault = await faultOf(view, message, error);
        if (fault === null) {
          waiting.set(returnKey(view.payload), waitsFor?.(error) ?? null);
          return;
        }
        await hold(view, message, { ...fault, code: codeOf(error.code) ?? fault.code, lines: [] }, send);
      } finally {
        counts.underWay -= 1;
        showCounts();
      }
    },
  };
}

/**
 * Runs work that posts: a call whose answer was lost is looked up here and now, before anyone is asked for help. What
 * takes longer waits in the store; only a message that the store cannot bring back waits here.
 */
export async function lookingUp<T>(
  node: Pick<NodeContext<unknown>, 'status' | 'signal'>,
  message: NodeMessage,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (thrown) {
      const error = asLedgerError(thrown);
      const open = error.class === 'ambiguous' && attempt < ATTEMPTS;
      const long = error.retryAfterMs !== undefined && deliveryWaits(message) !== null;
      if (!open || long || node.signal.aborted) throw thrown;
      node.status.waiting('answer lost, looking it up');
      if (error.retryAfterMs !== undefined) await realSurroundings.wait(error.retryAfterMs, node.signal);
    }
  }
}
