import { isDay, type Day } from '../returns/calendar';
import { returnKey, type ReturnMessage } from '../returns/event';
import { LedgerError } from '../returns/failure';
import type { Problem } from '../returns/posting-checks';
import { instantOf } from '../returns/time';
import { defineNode, type NodeContext } from '../runtime/define-node';
import { DeliverySource } from '../runtime/delivery-source';
import { emitting } from '../runtime/emitting';
import { erpConnectionOf } from '../runtime/erp-connection';
import type { NodeMessage, NodeRed, SendValue } from '../runtime/node-red';
import { raiseException } from '../runtime/raise-exception';
import { realSurroundings } from '../runtime/retry';
import { exceptionFor, readReturnMessage } from '../runtime/return-message';
import { storeOf } from '../runtime/returns-store';
import type { StoredBatch } from '../store/batch';
import type { ReturnsStore } from '../store/store';
import { BatchCollector } from './batch-collector';
import { readBatchCommand, type BatchCommand } from './batch-commands';
import { describeBatch, membersPage, refuse } from '../runtime/batch-drill-down';
import { groupExpression } from './batch-expression';
import { serveBatches, type OpensBatches } from './batch-routes';
import { batchConfigSchema, batchSettingsOf, type BatchConfig } from './batch-settings';
import { openText } from './batch-status';

const TYPE = 'returns-batch-aggregator';

/** A batch of so many takes long enough to close that it should be seen. */
const LARGE = 5000;
/** Counting what waits for the status takes longer, the more groups there are. */
const STATUS_EVERY_MS = 250;

type Send = (message: SendValue) => void;

interface Ready {
  store: ReturnsStore;
  collector: BatchCollector;
  source: DeliverySource;
}

/** Output 1: closed batches, and returns that are not for a batch. 2: exceptions. 3: answers to commands. */
function start(node: NodeContext<BatchConfig>): OpensBatches {
  const { config, status } = node;
  const settings = batchSettingsOf(config, node.label === TYPE ? '' : node.label);
  const expression = groupExpression(node.RED, node.id, config.expressionType, config.expression);
  const closedUntil = periodLock(node, config.connection);
  const opening = storeOf(node, config.store);
  const exceptionsAreHeard = (): boolean => {
    const wires = node.RED.nodes.getNode(node.id)?.wires?.[1];
    return wires === undefined || wires.length > 0;
  };
  let stuck = 0;
  let stalled = 0;

  const show = (collector: BatchCollector): void => {
    const { closing, failing } = collector;
    if (stuck > 0) status.failed(`${stuck} met an error`);
    else if (stalled > 0) status.failed(`${stalled} stalled`);
    else if (failing) status.failed(`not closed: ${failing.code}`);
    else if (closing && closing.members >= LARGE) status.busy(`closing ${closing.members}`);
    else {
      const summary = collector.summary();
      const text = openText(summary, settings.times.timeZone, realSurroundings.clock.now());
      if (summary.members === 0) status.ok(text);
      else status.busy(text);
    }
  };
  let showing: NodeJS.Timeout | undefined;
  const showSoon = (collector: BatchCollector): void => {
    if (node.signal.aborted) return;
    showing ??= setTimeout(() => {
      showing = undefined;
      show(collector);
    }, STATUS_EVERY_MS);
  };

  const begin = (store: ReturnsStore): Ready => {
    const source = new DeliverySource(emitting(node, store, ['batch-before-emit', 'batch-emitted']), store, {
      window: config.window,
      stalledAfterMs: config.stalledMinutes * 60_000,
      place: (message) =>
        message['exception'] === undefined ? [message, null, null] : [null, message, null],
      onProgress: (progress) => {
        ({ failed: stuck, stalled } = progress);
        showSoon(collector);
      },
    });
    const collector: BatchCollector = new BatchCollector({
      node: node.id,
      store,
      settings,
      expression,
      surroundings: realSurroundings,
      signal: node.signal,
      closedUntil,
      exceptionsAreHeard,
      raisedBy: TYPE,
      sendNow: () => source.wake(),
      onChange: () => showSoon(collector),
      onFailure: (error) => node.fail(error),
    });
    return { store, collector, source };
  };
  // What cannot be opened is told by whoever waits for it.
  const ready = opening.then(begin);
  ready.catch(() => undefined);
  status.idle('waiting for the store');
  node.background(async () => {
    const { store, collector, source } = await ready;
    const stop = store.onWake((woken) => {
      if (woken === null) collector.lookAgain();
    });
    node.signal.addEventListener('abort', stop, { once: true });
    source.start();
    await collector.run();
  });

  const raise = async (
    view: ReturnMessage,
    message: NodeMessage,
    { code, what, lines }: Problem,
    send: Send,
  ): Promise<void> => {
    const { store } = await ready;
    const exception = exceptionFor(view, { code, what, lines, raisedBy: TYPE }, realSurroundings.clock);
    await raiseException(node, store, message, returnKey(view.payload), exception, send);
  };

  const obey = async (command: BatchCommand): Promise<object> => {
    const { store, collector } = await ready;
    switch (command.command) {
      case 'flush':
      case 'reset': {
        const why = command.command === 'flush' ? 'command' : 'reset';
        return { batches: (await collector.end(why, command.group)).map(describeBatch) };
      }
      case 'status':
        return { batches: (await collector.pending()).map(describeBatch) };
      case 'list':
        return { batches: (await store.listBatches(node.id, command)).map(describeBatch) };
      case 'members': {
        const { id } = await batchOf(store, command.batch);
        const { after, limit, line } = command;
        return membersPage(store, id, { after, limit, ...(line ? { line } : {}) });
      }
      case 'refuse': {
        const batch = await batchOf(store, command.batch);
        const how = exceptionsAreHeard() ? 'send' : 'park';
        const facts = {
          what: command.what,
          raisedBy: TYPE,
          how,
          now: instantOf(realSurroundings.clock),
        } as const;
        return refuse(store, batch, command.refused, facts);
      }
      case 'deferred':
        return { deferred: await store.deferredMembers(node.id, command) };
    }
  };

  const batchOf = async (store: ReturnsStore, id: string): Promise<StoredBatch> => {
    const batch = await store.batch(id);
    if (batch?.node === node.id) return batch;
    throw new LedgerError({
      code: 'batch-unknown',
      class: 'data-invalid',
      message: `This node has no batch ${id.slice(0, 60)}: put the id of one of its batches into msg.payload.batch`,
    });
  };

  return {
    store: () => opening,
    input: async (message, send) => {
      const command = readBatchCommand(message);
      if (command) {
        message['payload'] = await obey(command);
        send([null, null, message]);
        return;
      }
      const view = readReturnMessage(message);
      const { collector } = await ready;
      const taken = await collector.take(message, view);
      if (taken.kind === 'passes') send([message, null, null]);
      else if (taken.kind === 'problem') await raise(view, message, taken.problem, send);
    },
    close: async (removed) => {
      clearTimeout(showing);
      const known = await ready.catch(() => null);
      known?.source.close();
      if (removed && known) await warnOfLeft(node, known.collector);
    },
  };
}

/** Asks the ERP up to which day its books are closed, where a connection is chosen that can tell it. */
function periodLock(node: NodeContext<BatchConfig>, connectionId: string): () => Promise<Day | null> {
  if (connectionId === '') return () => Promise.resolve(null);
  const connection = erpConnectionOf(node, connectionId);
  let told = false;
  return async () => {
    const connector = await connection.connector();
    if (!connector.closedUntil) {
      if (!told) {
        node.warn(
          `${connector.label} does not tell which periods are closed yet; only the day in the dialog counts`,
        );
      }
      told = true;
      return null;
    }
    const day = await connector.closedUntil(node.signal);
    return day !== null && isDay(day) ? day : null;
  };
}

/** A node that is deleted leaves what it has collected behind, and that must not go unseen. */
async function warnOfLeft(node: NodeContext<BatchConfig>, collector: BatchCollector): Promise<void> {
  const left = await collector.pending().catch(() => []);
  const members = left.reduce((sum, batch) => sum + batch.members, 0);
  if (members === 0) return;
  node.warn(
    `${node.label} was removed while ${members} returns wait in ${left.length} of its batches. They stay in the ` +
      'returns store: bring the node back with the same id (undo the deletion, or enable it), and flush it',
  );
}

export default function register(RED: NodeRed): void {
  defineNode(RED, { type: TYPE, config: batchConfigSchema, start });
  serveBatches(RED, TYPE);
}
