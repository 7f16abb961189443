import assert from 'node:assert/strict';
import { ArrivalBatch } from '../../nodes/d365/arrival-batch';
import { closedBatchOf, type BatchConnection, type BatchNode } from '../../nodes/d365/batch-delivery';
import type { ArrivalPolicy } from '../../nodes/d365/documents';
import type { PostingSummary } from '../../nodes/d365/post-batch';
import type { D365Settings } from '../../nodes/d365/settings';
import type { ClosedBatch } from '../../nodes/returns/batch';
import type { PostedDocument, ReturnEvent } from '../../nodes/returns/event';
import type { ReturnException } from '../../nodes/returns/exception';
import type { NodeMessage, SendValue } from '../../nodes/runtime/node-red';
import { StatusLine } from '../../nodes/runtime/status';
import type { D365SimulatorOptions } from '../../nodes/sandbox/d365/simulator-types';
import { exceptionOf } from './brightpearl-nodes';
import { ARRIVALS, ORDERS } from './d365-arrivals';
import { d365BatchRig, returnsOf, type D365BatchRig } from './d365-batch-rig';
import { fakeNodeRed } from './fake-node-red';
import { BASE } from './simulated-http';

export const IMPORT = 'ImportFromPackage';
export const RESOLD = {
  ...ARRIVALS,
  when: 'return.accepted',
  dispositions: new Map([
    ['resellable', { code: 'CREDIT', warehouse: 'MAIN', location: 'BULK' }],
    ['strange', { code: 'CREDIT', warehouse: 'MAIN', location: 'NOWHERE' }],
  ]),
} satisfies ArrivalPolicy;

export interface TakenBatch {
  /** The batch as it goes on; null where it does not. */
  on: NodeMessage | null;
  /** What became of the batch itself where it does not go on. */
  held: ReturnException | null;
  posting: PostingSummary | null;
  documents: PostedDocument[];
  statuses: string[];
  /** Calls that it took. */
  calls: number;
}

export interface ArrivalBatchRig extends D365BatchRig {
  /** Makes the return orders of returns, and a batch of them. */
  announced: (events: readonly ReturnEvent[]) => Promise<ClosedBatch>;
  /** One delivery of a batch. */
  deliver: (batch: ClosedBatch, change?: BatchChange) => Promise<TakenBatch>;
  /** How often a data package action was called. */
  actions: (name: string) => number;
}

interface BatchChange {
  way?: 'package' | 'single';
  together?: number;
  policy?: ArrivalPolicy;
}

/** Accepted returns, each of all goods of an order, with what the warehouse decided. */
export function inspected(rig: D365BatchRig, count: number, disposition = 'Resellable'): ReturnEvent[] {
  return returnsOf(rig.world, count).map((event) => ({
    ...event,
    lines: event.lines.map((line) => ({ ...line, confirmedDisposition: disposition })),
  }));
}

/** Closed batches of goods over a simulated Finance & SCM. */
export async function arrivalBatchRig(
  options: {
    orders?: number;
    /** Of the Batch Aggregator. */
    config?: Record<string, unknown>;
    settings?: Partial<D365Settings>;
    simulator?: Partial<D365SimulatorOptions>;
  } = {},
): Promise<ArrivalBatchRig> {
  const rig = await d365BatchRig({
    orders: options.orders ?? 10,
    config: options.config ?? {},
    settings: { posting: 'service', ...options.settings },
    simulator: { publicUrl: BASE, ...options.simulator },
  });
  const actions: string[] = [];
  const handle = rig.simulator.handle.bind(rig.simulator);
  rig.simulator.handle = (request) => {
    const [, action] = /DataEntities\.(\w+)$/.exec(request.url) ?? [];
    if (action !== undefined) actions.push(action);
    return handle(request);
  };
  return {
    ...rig,
    announced: async (events) => {
      const made = await rig.run(rig.connector.createReturnOrders(events, ORDERS, rig.store));
      for (const one of made) assert.equal('outcome' in one && one.outcome, 'posted', JSON.stringify(one));
      return rig.batchOf(events);
    },
    deliver: (batch, change = {}) => {
      const posting = {
        way: change.way ?? ('package' as const),
        together: change.together ?? 100,
        policy: () => change.policy ?? RESOLD,
        arrived: () => Promise.resolve(),
        registered: (_: ReturnEvent, documents: readonly PostedDocument[]) => Promise.resolve([...documents]),
      };
      return takenBy(
        rig,
        batch,
        (node, connection) => new ArrivalBatch(node, connection, posting, 'd365-item-arrival', rig.time),
      );
    },
    actions: (name) => actions.filter((action) => action === name).length,
  };
}

/** One delivery of a batch to what a node does with it. */
export async function takenBy(
  rig: Pick<D365BatchRig, 'connector' | 'store' | 'run'>,
  batch: ClosedBatch,
  make: (node: BatchNode, connection: BatchConnection) => Pick<ArrivalBatch, 'take'>,
): Promise<TakenBatch> {
  const { RED } = fakeNodeRed();
  const statuses: string[] = [];
  let now = 0;
  const status = new StatusLine(
    { status: ({ text }) => void statuses.push(text ?? '') },
    () => (now += 5000),
  );
  const { signal } = new AbortController();
  const quiet = (): undefined => undefined;
  const node = { RED, id: 'node-1', label: 'a node', info: quiet, warn: quiet, signal, status };
  const { connector, store } = rig;
  const connection = {
    connector: () => Promise.resolve(connector),
    store: () => Promise.resolve(store),
  };
  const intake = make(node, connection);
  const message: NodeMessage = { topic: 'batch.closed', payload: batch, documents: [] };
  const parsed = closedBatchOf(message);
  assert.ok(parsed);
  const sent: SendValue[] = [];
  const before = connector.calls;
  await rig.run(intake.take(message, parsed, (value) => void sent.push(value)));
  status.close();
  const [[on = null, held = null] = []] = sent as (NodeMessage | null)[][];
  return {
    on,
    held: held ? exceptionOf(held) : null,
    posting: (on?.['posting'] as PostingSummary | undefined) ?? null,
    documents: (on?.['documents'] as PostedDocument[] | undefined) ?? [],
    statuses,
    calls: connector.calls - before,
  };
}
