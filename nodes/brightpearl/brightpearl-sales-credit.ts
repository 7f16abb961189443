import { ITEM_CACHE } from '../returns/erp-connector';
import { returnKey, type PostedDocument, type ReturnMessage } from '../returns/event';
import type { ExceptionCode } from '../returns/exception-catalogue';
import { GOODS_EXCEPTIONS } from '../returns/goods-exception-catalogue';
import { asLedgerError, type LedgerError } from '../returns/failure';
import { itemLines, type Problem } from '../returns/posting-checks';
import { itemNamesOf } from '../returns/posting-lines';
import { instantOf } from '../returns/time';
import { figuresOf, readFiguresCommand } from '../runtime/credit-figures';
import { CreditHalves } from '../runtime/credit-halves';
import { defineNode, type NodeBehaviour, type NodeContext } from '../runtime/define-node';
import { erpConnectionOf } from '../runtime/erp-connection';
import { erpFault } from '../runtime/erp-fault';
import type { NodeMessage, NodeRed, SendValue } from '../runtime/node-red';
import { postingMappings } from '../runtime/posting-mappings';
import { raiseException } from '../runtime/raise-exception';
import { realSurroundings } from '../runtime/retry';
import { appendDocument, exceptionFor, readReturnMessage } from '../runtime/return-message';
import { postsDocuments, refundedByHand, settledByHand, traceSettled } from '../runtime/settled-outside';
import { waitOrRaise } from '../runtime/wait-or-raise';
import type { ReturnsStore } from '../store/store';
import type { BrightpearlAccount } from './brightpearl-account';
import type { BrightpearlConnector } from './connector';
import {
  creditConfigSchema,
  creditPolicyOf,
  invoicePolicyOf,
  refundPolicyOf,
  type CreditConfig,
} from './credit-config';
import { CreditStatus } from './credit-status';
import { invoiceCredit } from './invoice-credit';
import { isEarly, raisesCredit } from './policy';
import { lookingUp } from '../runtime/posting-node';
import { codeOf } from './posting-node';
import { bookRefund } from './refund';
import { CREDIT_KIND, SYSTEM } from './sales-credit';

const TYPE = 'brightpearl-sales-credit';

/** A document that exists does not make these good: a person has to look at it. */
const NOT_CURED: readonly ExceptionCode[] = [
  'amount-mismatch',
  'document-conflict',
  'return-grown',
  'credited-but-rejected',
  'credited-but-cancelled',
  // What the goods nodes wait for or hold goes on by being resumed, or their half would never be posted.
  ...(Object.keys(GOODS_EXCEPTIONS) as ExceptionCode[]),
];

type Send = (message: SendValue) => void;

interface Held extends Problem {
  class?: LedgerError['class'];
  detail?: string;
}

function start(node: NodeContext<CreditConfig>): NodeBehaviour {
  const { config } = node;
  const account = erpConnectionOf(node, config.account) as BrightpearlAccount;
  const used = postingMappings(node, config.mappings);
  const status = new CreditStatus(node.status, config);
  const halves = new CreditHalves(node, account, {
    type: TYPE,
    goodsWithinDays: config.goodsWithinDays,
    creditWithinHours: config.creditWithinHours,
    exposed: isEarly(config.creditOn) ? (read) => status.exposed(read) : null,
  });
  halves.start();

  const hold = async (view: ReturnMessage, message: NodeMessage, held: Held, send: Send): Promise<void> => {
    status.held(returnKey(view.payload));
    const { code, what, lines } = held;
    const detail = held.detail === undefined ? {} : { detail: held.detail };
    const failure = held.class === undefined ? {} : { class: held.class };
    const facts = { code, what, lines, raisedBy: TYPE, ...detail, ...failure };
    const exception = exceptionFor(view, facts, realSurroundings.clock);
    await raiseException(node, await account.store(), message, returnKey(view.payload), exception, send);
  };

  /** What must follow a credit: accounting and refund, as the dialog asks. A problem stops the row. */
  const followUp = async (
    view: ReturnMessage,
    message: NodeMessage,
    credit: PostedDocument,
    connector: BrightpearlConnector,
    store: ReturnsStore,
  ): Promise<Problem | null> => {
    const parts = connector.with(store);
    const accepted = raisesCredit(view, 'on-accepted');
    if (config.invoice === 'at-once' || (config.invoice === 'on-accepted' && accepted)) {
      const invoiced = await invoiceCredit(view.payload, credit, invoicePolicyOf(config), parts, node.signal);
      if (invoiced.outcome === 'exception') return invoiced.problem;
      appendDocument(message, invoiced.document);
    }
    if (config.refund && !(await refundedByHand(store, returnKey(view.payload)))) {
      const booked = await bookRefund(view.payload, credit, refundPolicyOf(config), parts, node.signal);
      if (booked.outcome === 'exception') return booked.problem;
      for (const document of booked.documents) appendDocument(message, document);
    }
    return null;
  };

  const post = async (view: ReturnMessage, message: NodeMessage, send: Send): Promise<void> => {
    const [connector, store] = await Promise.all([account.connector(), account.store()]);
    const key = returnKey(view.payload);
    const mappings = used.current();
    used.saw(view.payload, config.reasons.length === 0 ? ['reason'] : []);
    const policy = creditPolicyOf(config, mappings);
    const result = await lookingUp(node, message, () =>
      connector.createSalesCredit(view.payload, policy, store, node.signal),
    );
    if (result.outcome === 'exception') {
      await forgetWhatIsStale(result.problem, itemNamesOf(view.payload, mappings), connector, store);
      await hold(view, message, result.problem, send);
      return;
    }
    appendDocument(message, result.document);
    status.credited(key, result.created);
    await halves.credited(view.payload, result.document);
    const problem =
      result.mismatch ??
      (await lookingUp(node, message, () => followUp(view, message, result.document, connector, store)));
    if (problem) {
      await hold(view, message, problem, send);
      return;
    }
    status.done(key);
    const now = instantOf(realSurroundings.clock);
    await store.closeExceptions(key, `sales credit ${result.document.number}`, NOT_CURED, now);
    send([message, null]);
  };

  /** A rejection or a cancellation that comes after the money: a person must decide. */
  const tooLate = async (view: ReturnMessage): Promise<Problem | null> => {
    const { topic } = view.payload;
    if (topic !== 'return.rejected' && topic !== 'return.cancelled') return null;
    const store = await account.store();
    const documents = await store.documentsOf(returnKey(view.payload));
    const credit = documents.find(({ system, kind }) => system === SYSTEM && kind === CREDIT_KIND);
    if (!credit) return null;
    const code = topic === 'return.rejected' ? 'credited-but-rejected' : 'credited-but-cancelled';
    return { code, what: `sales credit ${credit.number}`, lines: [] };
  };

  const answer = async (message: NodeMessage, send: Send): Promise<boolean> => {
    const command = readFiguresCommand(message['command']);
    if (!command) return false;
    const [connector, store] = await Promise.all([account.connector(), account.store()]);
    if (command === 'unpaired') await halves.watch();
    const { connectionId } = connector;
    message['payload'] = await figuresOf(command, message['payload'], store, connectionId, realSurroundings);
    send([null, null, message]);
    return true;
  };

  const fail = async (
    view: ReturnMessage,
    message: NodeMessage,
    error: LedgerError,
    send: Send,
  ): Promise<void> => {
    const connector = await account.connector().catch(() => null);
    const parts = { raisedBy: TYPE, surroundings: realSurroundings };
    const decided = connector
      ? waitOrRaise(message, view, error, { connector, ...parts })
      : ({ outcome: 'exception', fault: erpFault(error) } as const);
    if (decided.outcome === 'waits') {
      status.waits(returnKey(view.payload));
      return;
    }
    await hold(
      view,
      message,
      { ...decided.fault, code: codeOf(error.code) ?? decided.fault.code, lines: [] },
      send,
    );
  };

  return {
    input: async (message, send) => {
      if (await answer(message, send)) return;
      const view = readReturnMessage(message);
      const begun = status.begins(() => backlogOf(account), await account.connector().catch(() => null));
      try {
        const settled = await settledByHand(await account.store(), returnKey(view.payload), TYPE);
        await halves.goods(view.payload, settled !== null);
        const late = await tooLate(view);
        // The goods still have to be booked in, so the return goes on as well.
        if (late) await hold(view, node.RED.util.cloneMessage(message), late, send);
        const credits = raisesCredit(view, config.creditOn);
        const posts = credits && itemLines(view.payload).length > 0;
        if (posts && settled) {
          status.byHand(returnKey(view.payload));
          traceSettled(node, message, TYPE, view.payload.returnNumber ?? view.payload.returnId, settled);
        }
        if (posts && !settled) await post(view, message, send);
        else send([message, null]);
      } catch (thrown) {
        // A node that is closing has not failed: the delivery stays open and is sent again.
        if (node.signal.aborted) throw thrown;
        await fail(view, message, asLedgerError(thrown), send);
      } finally {
        begun();
      }
    },
    close: () => status.close(),
  };
}

/** What a person is about to mend must not be judged by what was read before (R44). */
async function forgetWhatIsStale(
  problem: Problem,
  items: readonly string[],
  connector: BrightpearlConnector,
  store: ReturnsStore,
): Promise<void> {
  if (problem.code === 'tax-unmapped' || problem.code === 'period-closed') connector.directory.forget();
  if (!problem.code.startsWith('sku-')) return;
  await store.forgetMasterData(connector.connectionId, ITEM_CACHE, items);
}

/** How many deliveries are still to be worked on, here and in the store. */
async function backlogOf(account: BrightpearlAccount): Promise<number> {
  const { open, emitted } = await (await account.store()).countDeliveries(null);
  return open + emitted;
}

export default function register(RED: NodeRed): void {
  postsDocuments(TYPE);
  defineNode(RED, { type: TYPE, config: creditConfigSchema, start });
}
