import type { PostedDocument, ReturnMessage } from '../returns/event';
import { REJECTION_CODES } from '../returns/gate';
import { formatMoney, money } from '../returns/money';
import { defineNode, type NodeBehaviour, type NodeContext } from '../runtime/define-node';
import { DeliverySource } from '../runtime/delivery-source';
import { emitting } from '../runtime/emitting';
import type { NodeMessage, NodeRed, SendValue } from '../runtime/node-red';
import { exposureOf, type ExposureRow } from '../runtime/pair-watch';
import { isWired } from '../runtime/raise-exception';
import { realSurroundings } from '../runtime/retry';
import { readReturnMessage } from '../runtime/return-message';
import { storeOf } from '../runtime/returns-store';
import { serveWebhook } from '../runtime/webhook-route';
import { confirmationsOf, type GateCounts } from '../store/gate-return';
import type { ReturnsStore } from '../store/store';
import { createAnswerer } from './gate-answer';
import { answerGateCommand, readGateCommand } from './gate-commands';
import { GateKeeper } from './gate-keeper';
import { GATE_TYPE, gateConfigSchema, gateRulesOf, gateSettingsOf, type GateConfig } from './gate-settings';
import { gateText } from './gate-status';

/** While no flow serves the page, as during a deploy, whoever asks is told to come back. */
const COME_BACK = 503;
/** What goes on behind a delivery may let something else go on: it is looked at so soon after, for many together. */
const LOOK_AFTER_MS = 1000;
/** How often what is out is summed up, in milliseconds. */
const EXPOSURE_EVERY_MS = 5000;

interface Ready {
  store: ReturnsStore;
  keeper: GateKeeper;
  lookSoon: () => void;
  sources: DeliverySource[];
}

/** Output 1: returns whose stage allows the next step. 2: exceptions. 3: rejected goods. 4: answers and messages. */
function start(node: NodeContext<GateConfig>): NodeBehaviour {
  const { config, status } = node;
  const rules = gateRulesOf(gateSettingsOf(config));
  const opening = storeOf(node, config.store);
  const problems = new Map<string, { failed: number; stalled: number }>();
  let counts: GateCounts | null = null;
  let exposure: ExposureRow[] = [];
  let summedAt = Number.NEGATIVE_INFINITY;
  let soon: NodeJS.Timeout | undefined;

  const show = (keeper: GateKeeper): void => {
    const of = (kind: 'failed' | 'stalled'): number =>
      [...problems.values()].reduce((sum, one) => sum + one[kind], 0);
    if (of('failed') > 0) status.failed(`${of('failed')} met an error`);
    else if (of('stalled') > 0) status.failed(`${of('stalled')} stalled`);
    else if (keeper.failing) status.failed(`not looked at: ${keeper.failing.code}`);
    else if (counts) {
      const text = gateText(counts, exposure);
      if (counts.overLimit > 0) status.attention(text);
      else if (counts.held + counts.released > 0) status.waiting(text);
      else status.ok(text);
    }
  };

  const begin = (store: ReturnsStore): Ready => {
    const lookSoon = (): void => {
      if (node.signal.aborted) return;
      soon ??= setTimeout(() => {
        soon = undefined;
        keeper.wake();
      }, LOOK_AFTER_MS);
    };
    const keeper = new GateKeeper({
      node: node.id,
      store,
      rules,
      surroundings: realSurroundings,
      signal: node.signal,
      onChange: (now) => {
        counts = now;
        show(keeper);
        if (performance.now() - summedAt < EXPOSURE_EVERY_MS) return;
        summedAt = performance.now();
        node.background(async () => {
          exposure = await exposureOf(store, null, realSurroundings).catch(() => exposure);
          if (!node.signal.aborted) show(keeper);
        });
      },
      onFailure: (error) => {
        show(keeper);
        node.fail(error);
      },
    });
    const source = (id: string, place: (message: NodeMessage) => SendValue): DeliverySource =>
      new DeliverySource(
        { ...emitting(node, store, ['gate-before-emit', 'gate-emitted'], raisedOf(node)), id },
        store,
        {
          window: config.window,
          stalledAfterMs: config.stalledMinutes * 60_000,
          place,
          onProgress: ({ failed, stalled }) => {
            problems.set(id, { failed, stalled });
            lookSoon();
          },
        },
      );
    const sources = [source(node.id, onOutputs), source(confirmationsOf(node.id), confirmation)];
    return { store, keeper, lookSoon, sources };
  };
  const ready = opening.then(begin);
  // What cannot be opened is told by whoever waits for it.
  ready.catch(() => undefined);
  status.idle('waiting for the store');
  node.background(async () => {
    const { keeper, sources } = await ready;
    for (const source of sources) source.start();
    await keeper.run();
  });
  const stopServing = serveAnswers(node, opening, rules);

  return {
    input: async (message, send) => {
      const command = readGateCommand(message);
      const { store, keeper, lookSoon } = await ready;
      if (command) {
        const asked = { node: node.id, store, rules, surroundings: realSurroundings };
        message['payload'] = await answerGateCommand(command, asked);
        send([null, null, null, message]);
        return;
      }
      const { payload } = readReturnMessage(message);
      await keeper.take(payload);
      lookSoon();
    },
    close: async (removed) => {
      clearTimeout(soon);
      stopServing();
      const known = await ready.catch(() => null);
      for (const source of known?.sources ?? []) source.close();
      if (removed && known) await warnOfLeft(node, known.store);
    },
  };
}

/** Serves “where is my refund” where that is asked for; a gate without a key holds its returns all the same. */
function serveAnswers(
  node: NodeContext<GateConfig>,
  store: Promise<ReturnsStore>,
  rules: ReturnType<typeof gateRulesOf>,
): () => void {
  const { config, credentials } = node;
  const key = credentials['answerKey'] ?? '';
  if (!config.answers) return () => undefined;
  if (key.trim().length < SHORTEST_KEY) {
    node.warn(
      `“Where is my refund” is not answered: enter a key of ${SHORTEST_KEY} characters or more in the dialog of ${node.label}`,
    );
    return () => undefined;
  }
  try {
    return serveWebhook(node.RED, {
      path: config.answerPath,
      owner: node.id,
      whileDown: COME_BACK,
      receive: createAnswerer({
        node: node.id,
        key,
        perMinute: config.answersPerMinute,
        store,
        rules,
        surroundings: realSurroundings,
      }),
    });
  } catch (thrown) {
    node.fail(thrown);
    return () => undefined;
  }
}

const SHORTEST_KEY = 16;

function onOutputs(message: NodeMessage): SendValue {
  const { exception } = message as Partial<ReturnMessage>;
  if (exception === undefined) return [message, null, null, null];
  const isRejection = (REJECTION_CODES as readonly string[]).includes(exception.code);
  return isRejection ? [null, null, message, null] : [null, message, null, null];
}

/** The message for the customer: only this one says that a refund was made, and only when its credit exists (R201). */
function confirmation(message: NodeMessage): SendValue {
  const documents = (message['documents'] ?? []) as PostedDocument[];
  const credit = documents.find(({ kind }) => kind.includes('credit')) ?? null;
  const { payload } = message as unknown as ReturnMessage;
  const amount = credit?.amount ? money(Math.abs(credit.amount.minor), credit.amount.currency) : null;
  const refund = {
    return: payload.returnNumber ?? payload.returnId,
    order: payload.order.number,
    brand: payload.brand,
    credit: credit?.number ?? null,
    amount,
    text: amount === null ? null : formatMoney(amount),
    creditedAt: credit?.postedAt ?? null,
  };
  return [null, null, null, { ...message, topic: 'refund.confirmed', refund }];
}

/** What goes out with an exception: by output 2, and by output 3 where that has no wire, for it would be seen by nobody. */
function raisedOf(node: NodeContext<GateConfig>): (placed: SendValue) => NodeMessage | null {
  return (placed) => {
    const [, raised, rejected] = (Array.isArray(placed) ? placed : []) as (NodeMessage | null | undefined)[];
    return raised ?? (isWired(node.RED, node.id, 2) ? null : (rejected ?? null));
  };
}

/** A node that is deleted leaves what it holds behind, and that must not go unseen. */
async function warnOfLeft(node: NodeContext<GateConfig>, store: ReturnsStore): Promise<void> {
  const { held, released } = await store.gateCounts(node.id).catch(() => ({ held: 0, released: 0 }));
  if (held + released === 0) return;
  node.warn(
    `${node.label} was removed while ${held + released} returns wait at it. They stay in the returns store: bring the ` +
      'node back with the same id (undo the deletion, or enable it), and they go on',
  );
}

export default function register(RED: NodeRed): void {
  defineNode(RED, {
    type: GATE_TYPE,
    config: gateConfigSchema,
    credentials: { answerKey: { type: 'password' } },
    start,
  });
}
