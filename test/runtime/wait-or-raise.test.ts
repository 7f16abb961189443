import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { LedgerError } from '../../nodes/returns/failure';
import { returnMessageSchema } from '../../nodes/returns/event';
import { DeliverySource } from '../../nodes/runtime/delivery-source';
import { followFlows } from '../../nodes/runtime/flow-state';
import type { NodeMessage, SendValue } from '../../nodes/runtime/node-red';
import { realSurroundings } from '../../nodes/runtime/retry';
import { waitOrRaise, type FaultOutcome } from '../../nodes/runtime/wait-or-raise';
import { openMemoryStore } from '../../nodes/store/sqlite';
import { intake, newEvent } from '../support/events';
import { fakeNodeRed } from '../support/fake-node-red';

const down = new LedgerError({
  code: 'http-unreachable',
  class: 'transient',
  message: 'the ERP cannot be reached',
});

function decide(message: NodeMessage, error: LedgerError, limitMs: number): FaultOutcome {
  return waitOrRaise(message, returnMessageSchema.parse(message), error, {
    connector: { connectionId: 'c1', waitLimits: { firstMs: 1, limitMs } },
    raisedBy: 'd365-create-return-order',
    surroundings: realSurroundings,
  });
}

/** A source whose flow is one node; it ends when that node says so. */
async function run(
  work: (message: NodeMessage) => FaultOutcome,
  until: (outcome: FaultOutcome) => boolean,
): Promise<{ outcomes: FaultOutcome[]; attempts: number[]; waiting: number }> {
  const store = await openMemoryStore();
  const { RED } = fakeNodeRed();
  const events = new EventEmitter();
  const runtime = { ...RED, events: events as unknown as typeof RED.events };
  followFlows(runtime);
  events.emit('flows:started');
  const outcomes: FaultOutcome[] = [];
  const attempts: number[] = [];
  await new Promise<void>((resolve, reject) => {
    const abort = new AbortController();
    const emit = (value: SendValue): void => {
      const message = (value as NodeMessage[])[0] as NodeMessage;
      attempts.push((message['delivery'] as { attempt: number }).attempt);
      const outcome = work(message);
      outcomes.push(outcome);
      if (!until(outcome)) return;
      abort.abort();
      source.close();
      resolve();
    };
    const background = (job: () => Promise<void>): void => void job().catch(reject);
    const node = { RED: runtime, id: 'in-1', emit, background, signal: abort.signal, warn: () => undefined };
    const source = new DeliverySource(node, store, { window: 5 });
    source.start();
    void store.accept(intake([newEvent()]));
  });
  const { waiting } = await store.countDeliveries(null);
  return { outcomes, attempts, waiting };
}

describe('a failed call', () => {
  it('R161: waits and comes back, and becomes one exception with every try when its time is over', async () => {
    const { outcomes, attempts } = await run(
      (message) => decide(message, down, 1),
      ({ outcome }) => outcome === 'exception',
    );
    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome),
      ['waits', 'waits', 'waits', 'exception'],
    );
    assert.deepEqual(attempts, [1, 2, 3, 4]);
    const last = outcomes.at(-1);
    assert.ok(last?.outcome === 'exception');
    assert.equal(last.fault.code, 'erp-unavailable');
    assert.match(last.fault.detail, /^Tried 4 times for return HRQ7K2MD:/);
    assert.equal(last.fault.detail.match(/http-unreachable: the ERP cannot be reached/g)?.length, 4);
  });

  it('R156: is given to a person at once where waiting cannot help', async () => {
    for (const error of [
      new LedgerError({ code: 'd365-refused', class: 'data-invalid', message: 'x' }),
      new LedgerError({ code: 'internal-error', class: 'transient', message: 'x is not a function' }),
    ]) {
      const { outcomes } = await run(
        (message) => decide(message, error, 60_000),
        () => true,
      );
      assert.deepEqual(
        outcomes.map(({ outcome }) => outcome),
        ['exception'],
      );
    }
  });

  it('becomes an exception where no durable node could bring the message back', () => {
    const { event } = newEvent();
    const message = {
      topic: event.topic,
      payload: event,
      delivery: { id: 'unknown', attempt: 1 },
      documents: [],
    };
    assert.equal(decide(message, down, 60_000).outcome, 'exception');
  });
});
