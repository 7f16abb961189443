import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { waitsForPosting } from '../../nodes/d365/fscm/posting-route';
import { codeOf } from '../../nodes/d365/posting-node';
import { returnKey, type PostedDocument, type ReturnEvent } from '../../nodes/returns/event';
import { LedgerError } from '../../nodes/returns/failure';
import type { NodeMessage } from '../../nodes/runtime/node-red';
import { overdueHalves } from '../../nodes/runtime/pair-watch';
import type { Half } from '../../nodes/store/store';
import { deliver, exceptionOf, messageOf, sentOf } from '../support/brightpearl-nodes';
import {
  SKU,
  acceptedAs,
  arrivalNode,
  arrivalOf,
  arrivalRig,
  orderOf,
  type ArrivalRig,
} from '../support/d365-arrivals';
import { intake, NOW } from '../support/events';
import { dispositionRow, mappingsWith } from '../support/posting-mappings';

/** States are asked for again at once, so that a test need not wait for them. */
const SOON = { stateFirstMinutes: 0.00001 };
const TOO_LATE = { stateFirstMinutes: 0.00001, stateHours: 1e-7 };
const BATCH = { posting: 'batch-job' } as const;

function kindsOf(message: NodeMessage | undefined): string[] {
  return (message?.['documents'] as PostedDocument[]).map(({ kind }) => kind);
}

/** A return of one unit whose return order is there. */
async function announced(rig: ArrivalRig): Promise<(topic: ReturnEvent['topic']) => ReturnEvent> {
  const order = orderOf(rig.world, SKU, 1);
  await rig.announce(arrivalOf(order, 'return.started', 1));
  return (topic) => arrivalOf(order, topic, 1);
}

async function halvesOf(rig: ArrivalRig, of: ReturnEvent): Promise<Half[]> {
  return (await rig.store.halvesOf(returnKey(of))).map(({ half }) => half).sort();
}

describe('D365 Item Arrival', () => {
  it('passes on the message that came, with the journal appended, and counts it', async () => {
    const rig = await arrivalRig();
    const of = await announced(rig);
    mock.timers.enable({ apis: ['setTimeout'] });
    const node = arrivalNode(rig);
    const message = { ...messageOf(of('return.received')), own: 1 };
    const { error, times, sent } = await node.take(message);
    assert.deepEqual([error, times, sentOf(sent).passed], [undefined, 1, [message]]);
    assert.deepEqual([message.own, kindsOf(message)], [1, ['item-arrival']]);
    await node.take(messageOf(of('return.accepted')));
    mock.timers.tick(1000);
    assert.equal(node.statuses.at(-1)?.text, '1 received');
    await node.end();
    mock.timers.reset();
  });

  it('says at the start that Finance & SCM needs the name of a journal, where the connection tells its product', async () => {
    const rig = await arrivalRig();
    const node = arrivalNode({ ...rig, product: 'fscm' }, { journalName: ' ' });
    assert.equal(node.statuses.at(-1)?.text, 'check the settings');
    assert.match(node.errors.join(), /Journal name: enter the name of the item arrival journals/);
    const { error } = await node.take(messageOf(arrivalOf(orderOf(rig.world, SKU, 1), 'return.received', 1)));
    assert.ok(error instanceof LedgerError && error.class === 'config');
    const bc = arrivalNode({ ...rig, product: 'bc' }, { journalName: '' });
    assert.deepEqual(bc.errors, []);
    await node.end();
    await bc.end();
  });

  it('posts nothing without the name of a journal where the product is told later, and remembers the goods', async () => {
    const rig = await arrivalRig();
    const of = await announced(rig);
    const node = arrivalNode(rig, { journalName: '', unannounced: 'create', warehouse: 'RETQC' });
    const { sent } = await node.take(messageOf(of('return.received')));
    const [held] = sentOf(sent).held;
    assert.equal(exceptionOf(held).class, 'config');
    assert.match(exceptionOf(held).detail, /Journal name: enter the name of the item arrival journals/);
    assert.deepEqual(rig.writes, []);
    assert.deepEqual(await halvesOf(rig, of('return.received')), ['goods']);
    await node.end();
  });

  it('passes on what brings no goods, as it is and without a call', async () => {
    const rig = await arrivalRig();
    const of = await announced(rig);
    const calls = rig.connector.calls;
    const node = arrivalNode(rig, { when: 'return.accepted', rejectedGoods: 'ignore' });
    for (const topic of [
      'return.started',
      'return.received',
      'return.rejected',
      'return.refunded',
    ] as const) {
      const message = messageOf(of(topic));
      assert.deepEqual((await node.take(message)).sent, [[message, null]]);
    }
    assert.equal(rig.connector.calls, calls);
    assert.deepEqual(await halvesOf(rig, of('return.received')), []);
  });

  it('R87: a refund brings goods where a Return Gate counts them as accepted', async () => {
    const rig = await arrivalRig();
    const of = await announced(rig);
    const refunded = of('return.refunded');
    refunded.lines = refunded.lines.map((one) => ({ ...one, platformDisposition: 'resellable' }));
    const message = { ...messageOf(refunded), goodsAccepted: true };
    await arrivalNode(rig).take(message);
    assert.deepEqual(kindsOf(message), ['item-arrival']);
    assert.equal(rig.order().lines[0]?.disposition, 'CREDIT');
  });

  it('R101: a stopped return order is waited for, and its goods are listed as there without a record', async () => {
    const rig = await arrivalRig({}, SOON);
    const of = await announced(rig);
    const { number } = rig.order();
    rig.simulator.operator.stopOrder(number);
    const node = arrivalNode(rig);
    const listed: (string | null)[] = [];
    const { attempts, sent } = await deliver(rig, node, of('return.received'), async (attempt) => {
      const unbooked = await rig.store.unpairedHalves({ half: 'goods', without: 'stock', limit: 9 });
      listed.push(...unbooked.map(({ returnNumber }) => returnNumber));
      assert.deepEqual(rig.writes, []);
      // R162: nobody has to do anything with the return itself.
      if (attempt === 2) rig.simulator.operator.resumeOrder(number);
    });
    assert.equal(attempts, 3);
    assert.deepEqual(kindsOf(sentOf(sent).passed[0]), ['return-order', 'item-arrival']);
    assert.equal(listed.length, 2);
    assert.deepEqual(await rig.store.unpairedHalves({ half: 'goods', without: 'stock', limit: 9 }), []);
  });

  it('waits for the batch job, which is enough', async () => {
    const rig = await arrivalRig({ customService: null }, { ...SOON, ...BATCH });
    const of = await announced(rig);
    const node = arrivalNode(rig);
    const { sent } = await deliver(rig, node, of('return.received'), (attempt) => {
      if (attempt === 2) rig.simulator.operator.runBatchJobs('arrival');
      return undefined;
    });
    assert.deepEqual(kindsOf(sentOf(sent).passed[0]), ['return-order', 'item-arrival']);
  });

  it('says in its status what it waits for', () => {
    const waits = (code: string): string | null =>
      waitsForPosting(new LedgerError({ code, class: 'state-blocked', message: code }));
    assert.deepEqual(
      ['d365-arrival-not-posted', 'return-order-locked', 'return-order-missing', 'other'].map(waits),
      ['arrival job', 'stopped order', 'return order', null],
    );
  });

  for (const [code, title, change] of [
    [
      'return-order-locked',
      'a return order that stays stopped',
      (rig: ArrivalRig) => rig.simulator.operator.stopOrder(rig.order().number),
    ],
    ['arrival-not-posted', 'a journal that no batch job posts', () => undefined],
  ] as const) {
    it(`R97: ${title} is told in the end, with every try`, async () => {
      const rig = await arrivalRig({ customService: null }, { ...TOO_LATE, ...BATCH });
      const of = await announced(rig);
      change(rig);
      const { sent } = await deliver(rig, arrivalNode(rig), of('return.received'));
      const exception = exceptionOf(sentOf(sent).held[0]);
      assert.deepEqual([exception.code, exception.class], [code, 'state-blocked']);
      assert.match(exception.detail, /^Tried \d+ times for return /);
    });
  }

  it('R85: so is a return order that never comes', async () => {
    const rig = await arrivalRig({}, TOO_LATE);
    const received = arrivalOf(orderOf(rig.world, SKU, 1), 'return.received', 1);
    const { sent } = await deliver(rig, arrivalNode(rig), received);
    assert.equal(exceptionOf(sentOf(sent).held[0]).code, 'return-order-missing');
  });

  it('R106: or it is made first', async () => {
    const rig = await arrivalRig();
    const received = arrivalOf(orderOf(rig.world, SKU, 1), 'return.received', 1);
    const node = arrivalNode(rig, { unannounced: 'create', warehouse: 'RETQC' });
    const message = messageOf(received);
    await node.take(message);
    const [held] = rig.order().lines;
    assert.deepEqual([kindsOf(message), held?.status], [['return-order', 'item-arrival'], 'Quarantine']);
  });

  it('R92, R115, R178: goods without a credit are told of when its time is over', async () => {
    const rig = await arrivalRig();
    const of = await announced(rig);
    const received = of('return.received');
    await rig.store.accept(intake([{ event: received, returnKey: returnKey(received), exception: null }]));
    await arrivalNode(rig, { creditWithinHours: 24 }).take(messageOf(received));
    assert.deepEqual(await halvesOf(rig, received), ['goods', 'stock']);
    const at = (hours: number): { clock: { now: () => number } } => ({
      clock: { now: () => Date.parse(received.occurredAt) + hours * 3_600_000 },
    });
    const { connectionId } = rig.connector;
    assert.deepEqual(await overdueHalves(rig.store, connectionId, 'test', at(24)), []);
    const [overdue, more] = await overdueHalves(rig.store, connectionId, 'test', at(25));
    assert.deepEqual([overdue?.exception.code, more], ['stock-without-credit', undefined]);
  });

  it('R94: rejected goods are not waited for by a credit', async () => {
    const rig = await arrivalRig();
    const of = await announced(rig);
    await arrivalNode(rig).take(messageOf(of('return.received')));
    const rejected = of('return.rejected');
    await arrivalNode(rig).take(messageOf(rejected));
    const halves = await rig.store.halvesOf(returnKey(rejected));
    assert.deepEqual(
      halves.map(({ dueAt }) => dueAt),
      [null, null],
    );
  });

  it('sends what a person must decide to output 2, and closes it when it is done', async () => {
    const rig = await arrivalRig();
    const of = await announced(rig);
    const accepted = of('return.accepted');
    accepted.lines = accepted.lines.map((one) => ({ ...one, ...acceptedAs('grade a') }));
    await rig.store.accept(intake([{ event: accepted, returnKey: returnKey(accepted), exception: null }]));
    let mappings = mappingsWith({});
    const node = arrivalNode(rig, {}, () => mappings);
    const { passed, held } = sentOf((await node.take(messageOf(accepted))).sent);
    const exception = exceptionOf(held[0]);
    assert.deepEqual(
      [passed, exception.code, exception.owner, exception.raisedBy],
      [[], 'disposition-unmapped', 'warehouse', 'd365-item-arrival'],
    );
    const message = JSON.stringify(messageOf(accepted));
    const parked = { returnKey: returnKey(accepted), router: 'router-1', exception, message };
    const { id } = await rig.store.parkException(parked, NOW);
    await rig.store.resumeExceptions({ ids: [id] }, 'in-1', NOW);
    mappings = mappingsWith({
      disposition: [dispositionRow('grade a', 'CREDIT', { warehouse: 'MAIN', location: 'BULK' })],
    });
    assert.equal(sentOf((await node.take(messageOf(accepted))).sent).passed.length, 1);
    assert.equal((await rig.store.parkedException(id))?.status, 'closed');
  });

  it('R147: an item that the ERP has stopped is the data team’s, by its own code', async () => {
    const rig = await arrivalRig();
    const of = await announced(rig);
    rig.simulator.change('ProductDefaultOrderSettings', (row) => row['ItemNumber'] === SKU, {
      IsSalesProcessingStopped: 'Yes',
    });
    const { held } = sentOf((await arrivalNode(rig).take(messageOf(of('return.received')))).sent);
    assert.equal(exceptionOf(held[0]).code, 'sku-blocked');
    assert.equal(codeOf('d365-arrival-not-posted'), 'arrival-not-posted');
  });

  it('a setting that cannot be is said in words', async () => {
    const rig = await arrivalRig();
    const of = await announced(rig);
    for (const [config, said] of [
      [{ connection: '' }, /choose a D365 connection/],
      [{ unannounced: 'create' }, /enter the warehouse that unannounced goods are returned to/],
      [{ creditWithinHours: -1 }, /creditWithinHours/],
    ] as const) {
      const { error } = await arrivalNode(rig, config).take(messageOf(of('return.received')));
      assert.ok(error instanceof LedgerError && error.class === 'config');
      assert.match(error.message, said);
    }
  });
});
