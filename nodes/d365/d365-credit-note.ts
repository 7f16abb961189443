import { isEarly, raisesCredit } from '../returns/credit-timing';
import { returnKey, type PostedDocument, type ReturnEvent, type ReturnMessage } from '../returns/event';
import { itemLines, type Problem } from '../returns/posting-checks';
import { figuresOf, readFiguresCommand } from '../runtime/credit-figures';
import { CreditHalves } from '../runtime/credit-halves';
import { defineNode, type NodeBehaviour, type NodeContext } from '../runtime/define-node';
import { erpConnectionOf } from '../runtime/erp-connection';
import type { NodeMessage, NodeRed, SendValue } from '../runtime/node-red';
import { postingMappings } from '../runtime/posting-mappings';
import type { Posted } from '../runtime/posting-node';
import { raiseException } from '../runtime/raise-exception';
import { realSurroundings } from '../runtime/retry';
import { exceptionFor, readReturnMessage } from '../runtime/return-message';
import { postsDocuments, refundedByHand, settledByHand } from '../runtime/settled-outside';
import type { ReturnsStore } from '../store/store';
import { closedBatchOf } from './batch-delivery';
import { CreditBatch } from './credit-batch';
import { creditConfigSchema, creditPolicyOf, refundPolicyOf, type CreditConfig } from './credit-config';
import type { D365Connection } from './d365-connection';
import { KINDS, SYSTEM, type D365Connector, type PostedDocuments } from './documents';
import { postingNode } from './posting-node';
import { unrefundedFigures } from './unrefunded-credits';

const TYPE = 'd365-credit-note';

/** How a wrong credit is put right in Business Central (`reference/dynamics365.md` B6, B-9). */
const NO_CANCELLING =
  'Business Central does not cancel a posted credit memo: reverse it by a sales invoice for the same lines.';

function start(node: NodeContext<CreditConfig>): NodeBehaviour {
  const { config } = node;
  const connection = erpConnectionOf(node, config.connection) as D365Connection;
  const used = postingMappings(node, config.mappings);
  const halves = new CreditHalves(node, connection, {
    type: TYPE,
    goodsWithinDays: config.goodsWithinDays,
    creditWithinHours: config.creditWithinHours,
    exposed: null,
  });
  halves.start();
  const concerns = (view: Pick<ReturnMessage, 'payload' | 'goodsAccepted'>): boolean =>
    raisesCredit(view, config.creditOn) && itemLines(view.payload).length > 0;

  /** Posts the credits; those that are in the store have their half, also where the next one is waited for. */
  const credit = async (
    event: ReturnEvent,
    known: readonly PostedDocument[],
    connector: D365Connector,
    store: ReturnsStore,
    tally: (made: number) => void,
  ): Promise<PostedDocuments> => {
    const policy = creditPolicyOf(config, used.current());
    const before = await creditsIn(store, event);
    try {
      const posted = await connector.postCredit(event, known, policy, store, node.signal);
      for (const document of posted.documents) await halves.credited(event, document);
      for (const document of posted.made) tellWhoPosted(node, document);
      tally(posted.made.length);
      return posted;
    } catch (thrown) {
      const there = await creditsIn(store, event);
      for (const document of there) await halves.credited(event, document);
      tally(Math.max(0, there.length - before.length));
      throw thrown;
    }
  };

  const post = async (
    view: ReturnMessage,
    connector: D365Connector,
    store: ReturnsStore,
    _: NodeMessage,
    tally: (made: number) => void,
  ): Promise<Posted> => {
    const { payload, documents: known = [] } = view;
    used.saw(payload, isEarly(config.creditOn) ? ['disposition'] : []);
    const credits = await credit(payload, known, connector, store, tally);
    const { documents, problem } = credits;
    const policy = refundPolicyOf(config, used.current());
    const refunds = policy !== null && problem === null && documents.length > 0;
    if (!refunds || (await refundedByHand(store, returnKey(payload)))) return { documents, made: 0, problem };
    const booked = await connector.bookRefund(payload, documents, policy, store, node.signal);
    return { documents: [...documents, ...booked.documents], made: 0, problem: booked.problem };
  };

  const posting = postingNode(node, {
    type: TYPE,
    made: 'credited',
    concerns,
    mappings: () => used.current(),
    post,
  });

  const { batches: way, together } = config;
  const batches = new CreditBatch(
    node,
    connection,
    {
      way,
      together,
      mappings: () => used.current(),
      refund: () => refundPolicyOf(config, used.current()),
      credit: async (view, connector, store) => {
        const event = view.payload;
        await halves.goods(event, false);
        if (!concerns(view)) return { documents: [], problem: null };
        used.saw(event, isEarly(config.creditOn) ? ['disposition'] : []);
        // The status of a batch tells of itself.
        return credit(event, [], connector, store, () => undefined);
      },
    },
    TYPE,
  );

  let taken = false;
  // Who posts is told for as long as there is nothing else to tell.
  node.background(async () => {
    const connector = await connection.connector().catch(() => null);
    if (connector && !taken) node.status.idle(`waiting · ${connector.postingWay}`);
  });

  const answer = async (message: NodeMessage, send: (message: SendValue) => void): Promise<boolean> => {
    const command = readFiguresCommand(message['command'], ['unrefunded']);
    if (!command) return false;
    const [{ connectionId }, store] = await Promise.all([connection.connector(), connection.store()]);
    if (command === 'unpaired') await halves.watch();
    const { payload } = message;
    message['payload'] =
      command === 'unrefunded'
        ? await unrefundedFigures(store)
        : await figuresOf(command, payload, store, connectionId, realSurroundings);
    send([null, null, message]);
    return true;
  };

  return {
    input: async (message, send) => {
      if (await answer(message, send)) return;
      const batch = closedBatchOf(message);
      if (batch) {
        taken = true;
        await batches.take(message, batch, send);
        return;
      }
      const view = readReturnMessage(message);
      taken = true;
      const store = await connection.store().catch(() => null);
      if (store) {
        const settled = await settledByHand(store, returnKey(view.payload), TYPE);
        // A connection that is not ready is the posting’s to tell.
        await halves.goods(view.payload, settled !== null).catch(() => undefined);
        const late = await tooLate(view.payload, store);
        if (late) {
          const about = node.RED.util.cloneMessage(message);
          const connector = await connection.connector().catch(() => null);
          const detail = connector?.product === 'bc' ? NO_CANCELLING : '';
          const exception = exceptionFor(view, { ...late, detail, raisedBy: TYPE }, realSurroundings.clock);
          await raiseException(node, store, about, returnKey(view.payload), exception, send);
        }
      }
      await posting.input?.(message, send);
    },
  };
}

/** A rejection or a cancellation that comes after the money: a person must decide. */
async function tooLate(payload: ReturnEvent, store: ReturnsStore): Promise<Problem | null> {
  if (payload.topic !== 'return.rejected' && payload.topic !== 'return.cancelled') return null;
  const credits = await creditsIn(store, payload);
  if (credits.length === 0) return null;
  const code = payload.topic === 'return.rejected' ? 'credited-but-rejected' : 'credited-but-cancelled';
  const what = `credit note ${credits.map(({ number }) => number).join(', ')}`;
  return { code, what, lines: [] };
}

async function creditsIn(store: ReturnsStore, event: ReturnEvent): Promise<PostedDocument[]> {
  const documents = await store.documentsOf(returnKey(event));
  return documents.filter(({ system, kind }) => system === SYSTEM && kind === KINDS.creditNote);
}

/** What somebody else has posted for a return of the flow is taken over, and told. */
function tellWhoPosted(node: NodeContext<CreditConfig>, { number, references }: PostedDocument): void {
  if (references['adopted'] === undefined) return;
  node.warn(
    `Credit note ${number} of return order ${references['returnOrder'] ?? ''} was ${references['adopted']}; ` +
      'it is taken over, and nothing is posted again',
  );
}

export default function register(RED: NodeRed): void {
  postsDocuments(TYPE);
  defineNode(RED, { type: TYPE, config: creditConfigSchema, start });
}
