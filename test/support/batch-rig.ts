import assert from 'node:assert/strict';
import { BatchCollector, type Taken } from '../../nodes/flow/batch-collector';
import type { GroupExpression } from '../../nodes/flow/batch-expression';
import { batchConfigSchema, batchSettingsOf } from '../../nodes/flow/batch-settings';
import { isBatch, type ClosedBatch } from '../../nodes/returns/batch';
import type { Day } from '../../nodes/returns/calendar';
import type { PostedDocument, ReturnEvent } from '../../nodes/returns/event';
import type { ReturnException } from '../../nodes/returns/exception';
import type { LedgerError } from '../../nodes/returns/failure';
import { readReturnMessage } from '../../nodes/runtime/return-message';
import type { NodeMessage } from '../../nodes/runtime/node-red';
import { seededRandom } from '../../nodes/sandbox/world';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { SimulatedClock } from '../../scripts/crash/simulated-clock';
import { event, line } from './events';

export const NODE = 'batch-node';

export interface BatchRig {
  store: ReturnsStore;
  time: SimulatedClock;
  collector: BatchCollector;
  /** What the ERP says of its closed periods. */
  books: { closedUntil: Day | null; fault: LedgerError | null; asked: number };
  failures: LedgerError[];
  take: (returned: Returned) => Promise<Taken>;
  flush: () => Promise<ClosedBatch[]>;
  /** What was sent since it was asked for last: batches, and returns with their exceptions. */
  sent: () => Promise<{ batches: ClosedBatch[]; returns: SentReturn[] }>;
  end: () => Promise<void>;
}

export interface SentReturn {
  event: ReturnEvent;
  exception: ReturnException | null;
}

export interface Returned {
  event: ReturnEvent;
  documents?: PostedDocument[];
  company?: string;
}

/** A node's collector without Node-RED, on a clock that jumps, over a store in memory or the one that is given. */
export async function batchRig(
  config: Record<string, unknown> = {},
  parts: { store?: ReturnsStore; expression?: GroupExpression; start?: string; heard?: boolean } = {},
): Promise<BatchRig> {
  const store = parts.store ?? (await openMemoryStore());
  const time = new SimulatedClock(seededRandom(1), Date.parse(parts.start ?? '2026-02-20T10:00:00Z'));
  const settings = batchSettingsOf(batchConfigSchema.parse({ store: 's', ...config }), 'Nightly credits');
  const abort = new AbortController();
  const books: BatchRig['books'] = { closedUntil: null, fault: null, asked: 0 };
  const failures: LedgerError[] = [];
  const collector = new BatchCollector({
    node: NODE,
    store,
    settings,
    surroundings: time,
    signal: abort.signal,
    expression: parts.expression ?? null,
    closedUntil: () => {
      books.asked += 1;
      return books.fault ? Promise.reject(books.fault) : Promise.resolve(books.closedUntil);
    },
    exceptionsAreHeard: () => parts.heard ?? true,
    raisedBy: 'returns-batch-aggregator',
    sendNow: () => undefined,
    onChange: () => undefined,
    onFailure: (error) => void failures.push(error),
  });
  const sent: BatchRig['sent'] = async () => {
    const batches: ClosedBatch[] = [];
    const returns: SentReturn[] = [];
    const taken = await store.takeAnyDeliveries(
      NODE,
      { each: 100_000 },
      new Date(time.clock.now()).toISOString(),
    );
    for (const { id, event: what, exception } of taken) {
      if (isBatch(what)) batches.push(what);
      else returns.push({ event: what, exception });
      await store.settleDelivery(id, new Date(time.clock.now()).toISOString());
    }
    return { batches, returns };
  };
  return {
    store,
    time,
    collector,
    books,
    failures,
    take: ({ event: of, documents, company }) => {
      const message: NodeMessage = { topic: of.topic, payload: of };
      if (documents) message['documents'] = documents;
      if (company !== undefined) message['company'] = company;
      return collector.take(message, readReturnMessage(message));
    },
    flush: async () => {
      await collector.end('command', {});
      return (await sent()).batches;
    },
    sent,
    end: async () => {
      abort.abort();
      await store.close();
    },
  };
}

/** Runs a test with a rig and ends it. */
export async function withRig(
  config: Record<string, unknown>,
  work: (rig: BatchRig) => Promise<void>,
  parts: Parameters<typeof batchRig>[1] = {},
): Promise<void> {
  const rig = await batchRig(config, parts);
  try {
    await work(rig);
  } finally {
    await rig.end();
  }
}

/** An accepted return of its own name, worth 25.00 GBP unless the lines say otherwise. */
export function accepted(name: string, change: Partial<ReturnEvent> = {}): ReturnEvent {
  return event({
    topic: 'return.accepted',
    returnId: name,
    returnNumber: name,
    order: { number: `AC-${name}`, id: null },
    lines: [line({ price: { minor: 2500, currency: 'GBP' } })],
    ...change,
  });
}

/** The one that there must be. */
export function one<Value>(list: readonly Value[]): Value {
  const [first] = list;
  assert.ok(first !== undefined);
  assert.equal(list.length, 1);
  return first;
}
