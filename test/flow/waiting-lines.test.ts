import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { validatorConfigSchema } from '../../nodes/flow/validator-config';
import { returnKey, type ReturnEvent } from '../../nodes/returns/event';
import { LedgerError } from '../../nodes/returns/failure';
import { addOrder, type WorldItem } from '../../nodes/sandbox/world';
import { exceptionOf, messageOf, sentOf } from '../support/brightpearl-nodes';
import { returnOf } from '../support/brightpearl-rig';
import { intake, line } from '../support/events';
import type { FakeNode } from '../support/fake-node-red';
import { d365Rig, validatorOver, type D365Rig } from '../support/validator-node';

const LATER = '2026-03-01T00:00:00.000Z';

interface Case {
  rig: D365Rig;
  node: FakeNode;
  event: (change?: Partial<ReturnEvent>) => ReturnEvent;
  /** Sends an event that is stored, as an In node does. */
  send: (event: ReturnEvent) => Promise<{ passed: string[][]; held: [string, string[]][] }>;
  /** The parts that the node would send of itself, each with what holds it. */
  parts: () => Promise<[string[], string | null][]>;
}

/** A return of two lines, of which the second is of an item that the ERP does not know. */
async function twoLines(config: Record<string, unknown> = { divide: true }): Promise<Case> {
  const rig = await d365Rig();
  const order = addOrder(rig.world, { sku: 'RUN-38-BLU' });
  const node = validatorOver(rig, { checks: ['item', 'discontinued'], maxAgeMinutes: 0, ...config });
  const lines = [line({ id: 'good', sku: 'RUN-38-BLU' }), line({ id: 'bad', sku: 'GHOST-1' })];
  const ids = (of: ReturnEvent): string[] => of.lines.map(({ id }) => id);
  return {
    rig,
    node,
    event: (change = {}) => returnOf(order, 1, { lines, ...change }),
    send: async (event) => {
      await rig.store.accept(intake([{ event, returnKey: returnKey(event), exception: null }]));
      const { passed, held } = sentOf((await node.take(messageOf(event))).sent);
      return {
        passed: passed.map(({ payload }) => ids(payload as ReturnEvent)),
        held: held.map((message) => [exceptionOf(message).code, ids(message['payload'] as ReturnEvent)]),
      };
    },
    parts: async () => {
      const sent = await rig.store.takeDeliveries(node.id, { each: 50 }, LATER);
      return sent.map(({ event, exception }) => [ids(event), exception?.code ?? null]);
    },
  };
}

function release(rig: D365Rig, sku: string): void {
  const item = rig.world.items.find((one): one is WorldItem => one.sku === sku);
  assert.ok(item);
  item.state = 'active';
}

describe('lines that pass go on while others wait', () => {
  it('is off by default: a return is held whole', async () => {
    assert.equal(validatorConfigSchema.parse({}).divide, false);
    const { node, event, send, parts } = await twoLines({});
    assert.deepEqual(await send(event()), { passed: [], held: [['sku-unknown', ['good', 'bad']]] });
    assert.deepEqual(await parts(), []);
    await node.end();
  });

  it('by setting: what passes goes on, and what does not is a part with its own exception', async () => {
    const { node, event, send, parts, rig } = await twoLines();
    const whole = event();
    assert.deepEqual(await send(whole), { passed: [['good']], held: [] });
    const [sent, ...more] = await rig.store.takeDeliveries(node.id, { each: 50 }, LATER);
    assert.deepEqual(more, []);
    assert.equal(sent?.exception?.code, 'sku-unknown');
    assert.deepEqual(
      sent.exception.lines.map(({ lineId, received }) => [lineId, received]),
      [['bad', 'GHOST-1']],
    );
    assert.notEqual(returnKey(sent.event), returnKey(whole));
    assert.deepEqual(await parts(), []);
    await node.end();
  });

  it('what waited goes on by itself with the next event once its cause is gone, and as its part when it is resumed', async () => {
    const { node, event, send, parts, rig } = await twoLines();
    const started = event();
    await send(started);
    const [held] = await rig.store.takeDeliveries(node.id, { each: 50 }, LATER);
    assert.ok(held);
    release(rig, 'GHOST-1');
    assert.deepEqual(await send(event({ topic: 'return.accepted' })), { passed: [['good']], held: [] });
    assert.deepEqual(await parts(), [[['bad'], null]]);
    const { passed } = sentOf((await node.take(messageOf(held.event))).sent);
    assert.equal((passed[0]?.payload as ReturnEvent).part, 2);
    await node.end();
  });

  it('what went on first and fails later is held as that part, and never comes back as the whole', async () => {
    const { node, event, send, parts, rig } = await twoLines();
    await send(event());
    await parts();
    release(rig, 'GHOST-1');
    const item = rig.world.items.find(({ sku }) => sku === 'RUN-38-BLU');
    assert.ok(item);
    item.state = 'stopped';
    const received = event({ topic: 'return.received' });
    assert.deepEqual(await send(received), { passed: [], held: [['sku-blocked', ['good']]] });
    assert.deepEqual(await parts(), [[['bad'], null]]);
    // Whoever brings the event back, brings what belongs to it.
    assert.deepEqual(
      (await rig.store.latestEvent(returnKey(received)))?.lines.map(({ id }) => id),
      ['good'],
    );
    await node.end();
  });

  it('a return that went on whole stays whole, and one that is held whole may still be divided', async () => {
    const { node, event, send, parts, rig } = await twoLines();
    const all = event({
      lines: [line({ id: 'bad', sku: 'GHOST-1' }), line({ id: 'worse', sku: 'GHOST-2' })],
    });
    assert.deepEqual(await send(all), { passed: [], held: [['sku-unknown', ['bad', 'worse']]] });
    assert.deepEqual([...(await rig.store.partsOf(returnKey(all)))], []);
    release(rig, 'GHOST-1');
    assert.deepEqual(await send({ ...event(), id: 'another-event' }), {
      passed: [['good', 'bad']],
      held: [],
    });
    const item = rig.world.items.find(({ sku }) => sku === 'GHOST-1');
    assert.ok(item);
    item.state = 'absent';
    const later = event({ topic: 'return.accepted' });
    assert.deepEqual(await send(later), { passed: [], held: [['sku-unknown', ['good', 'bad']]] });
    assert.deepEqual(await parts(), []);
    await node.end();
  });

  it('a cancellation reaches both parts', async () => {
    const { node, event, send, parts } = await twoLines();
    await send(event());
    await parts();
    assert.deepEqual(await send(event({ topic: 'return.cancelled', lines: [] })), { passed: [[]], held: [] });
    assert.deepEqual(await parts(), [[[], null]]);
    await node.end();
  });

  it('a return stays divided when the setting is switched off', async () => {
    const one = await twoLines();
    await one.send(one.event());
    await one.parts();
    const off = validatorOver(one.rig, { checks: ['item'], maxAgeMinutes: 0 });
    const accepted = one.event({ topic: 'return.accepted' });
    const { passed } = sentOf((await off.take(messageOf(accepted))).sent);
    assert.deepEqual(
      (passed[0]?.payload as ReturnEvent).lines.map(({ id }) => id),
      ['good'],
    );
    await one.node.end();
    await off.end();
  });

  it('R17: what a person has booked by hand is not divided, so that nothing of it is posted besides', async () => {
    const { node, event, send, parts, rig } = await twoLines();
    const all = event({ lines: [line({ id: 'bad', sku: 'GHOST-1' })] });
    const { held } = sentOf((await node.take(messageOf(all))).sent);
    const { id } = await rig.store.parkException(
      {
        returnKey: returnKey(all),
        router: 'r',
        exception: exceptionOf(held[0]),
        message: JSON.stringify(held[0]),
      },
      LATER,
    );
    await rig.store.settleException(id, 'outside', 'credited by hand', { who: 'finance', at: LATER });
    assert.deepEqual(await send(event({ topic: 'return.accepted' })), {
      passed: [],
      held: [['sku-unknown', ['good', 'bad']]],
    });
    assert.deepEqual(await parts(), []);
    await node.end();
  });

  it('an ERP that cannot be asked holds each part of a divided return by itself', async () => {
    const { node, event, send, parts, rig } = await twoLines();
    await send(event());
    await parts();
    rig.connector.findItems = () =>
      Promise.reject(new LedgerError({ code: 'erp-refused', class: 'auth', message: 'The ERP refused' }));
    const { passed, held } = await send(event({ topic: 'return.accepted' }));
    assert.deepEqual([passed, held.map(([, lines]) => lines)], [[], [['good']]]);
    const waiting = await parts();
    assert.deepEqual(waiting, [[['bad'], held[0]?.[0]]]);
    await node.end();
  });
});
