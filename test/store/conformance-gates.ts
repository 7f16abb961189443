import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { returnKey } from '../../nodes/returns/event';
import { AT_THE_GATE } from '../../nodes/returns/gate';
import { confirmationsOf } from '../../nodes/store/gate-return';
import { join, newMember, sealOne } from '../support/batches';
import { intake } from '../support/events';
import { DAY_MS, GATE, GateRig, keyOf, told } from '../support/gate-rig';
import { exception, LATER, type OpenedStore } from './conformance';

/** What every driver must do about returns at gates: an event and what follows from it are one step. */
export function gatesConformance(name: string, open: () => Promise<OpenedStore>): void {
  const contract = (
    title: string,
    config: Record<string, unknown>,
    work: (rig: GateRig, opened: OpenedStore) => Promise<void>,
  ): void => {
    it(title, async () => {
      const opened = await open();
      const rig = await GateRig.open(config, { store: opened.store });
      try {
        await work(rig, opened);
      } finally {
        await rig.end();
      }
    });
  };
  describe(`${name}: returns at gates`, () => {
    contract('an event that is early waits, and goes out once with its stage', {}, async (rig) => {
      const held = await rig.take('return.dropped_off');
      assert.deepEqual(
        [held.phase, held.wait, held.dueAt, held.reasons],
        ['held', 'arrival', '2026-03-06T10:00:00.000Z', ['too-small']],
      );
      assert.deepEqual(held.state, { ...AT_THE_GATE, reached: 2 });
      assert.deepEqual(await rig.at(), held);
      await rig.take('return.accepted');
      assert.deepEqual(await rig.out(), ['accepted']);
      assert.equal(await rig.store.gateReturn('another', keyOf('A')), null);
    });

    contract('events that come at the same time let the return out once', {}, async (rig) => {
      const topics = ['return.started', 'return.received', 'return.accepted', 'return.refunded'] as const;
      await Promise.all([...topics, ...topics].map((topic) => rig.take(topic)));
      assert.deepEqual(await rig.out(), ['accepted']);
      assert.equal((await rig.store.gateEvents(GATE, keyOf('A'))).length, 4);
    });

    contract('counts and lists what waits, the longest first', {}, async (rig) => {
      for (const [at, id] of ['A', 'B', 'C'].entries()) {
        await rig.passes(at * DAY_MS);
        await rig.take('return.received', id);
      }
      await rig.take('return.accepted', 'B');
      const counts = await rig.store.gateCounts(GATE);
      assert.deepEqual([counts.held, counts.released, counts.overLimit], [2, 0, 0]);
      assert.equal(counts.nextDue, '2026-02-25T10:00:00.000Z');
      const list = await rig.store.gateReturns(GATE, { limit: 10 });
      assert.deepEqual(
        list.map(({ returnNumber }) => returnNumber),
        ['A', 'C'],
      );
      const done = await rig.store.gateReturns(GATE, { phase: 'done', limit: 10 });
      assert.equal(done[0]?.returnNumber, 'B');
      await rig.passes(3 * DAY_MS);
      const late = await rig.store.gateReturns(GATE, { overLimit: true, limit: 10 });
      assert.deepEqual(
        late.map(({ returnNumber, told: code }) => [returnNumber, code]),
        [['A', 'inspection-overdue']],
      );
      assert.equal((await rig.store.gateReturnsNumbered(GATE, 'C')).length, 1);
    });

    contract('confirms beside what the node sends itself', { confirm: true }, async (rig) => {
      await rig.take('return.accepted');
      await rig.half('credit');
      assert.equal((await rig.store.countDeliveries(GATE)).open, 1);
      assert.equal((await rig.store.countDeliveries(confirmationsOf(GATE))).open, 1);
    });

    contract(
      'R87: a refund of accepted goods says so whoever sends it, also when a person has resumed it',
      { refundAccepts: 'happy-returns' },
      async (rig) => {
        const event = told('return.refunded');
        const refunds = async (): Promise<(true | undefined)[]> => {
          const taken = await rig.store.takeDeliveries('in', { each: 9 }, rig.now);
          for (const { id } of taken) await rig.store.settleDelivery(id, rig.now);
          return taken.map(({ goodsAccepted }) => goodsAccepted);
        };
        await rig.store.accept(intake([{ event, returnKey: keyOf('A'), exception: null }], { source: 'in' }));
        assert.deepEqual(await refunds(), [undefined], 'no gate has seen it');
        await rig.take('return.refunded');
        const message = JSON.stringify({ topic: event.topic, payload: event });
        const parked = { returnKey: keyOf('A'), router: 'in', exception: exception('sku-blocked'), message };
        const { id } = await rig.store.parkException(parked, rig.now);
        await rig.store.resumeExceptions({ ids: [id] }, 'in', rig.now);
        assert.deepEqual(await refunds(), [true]);
      },
    );

    contract(
      'R87: a refund of accepted goods says so as a member of a batch, and others do not',
      { refundAccepts: 'happy-returns' },
      async (rig) => {
        await rig.take('return.refunded', 'A');
        const members = [
          told('return.refunded', 'A'),
          told('return.refunded', 'B'),
          told('return.accepted', 'C'),
        ];
        for (const one of members) {
          const accepted = await rig.store.accept(
            intake([{ event: one, returnKey: returnKey(one), exception: null }], { source: 'in' }),
          );
          assert.ok(accepted);
          await join(rig.store, newMember(one.returnId, { event: one }));
        }
        const { id } = await sealOne(rig.store);
        assert.deepEqual(
          (await rig.store.memberEvents(id, { limit: 9 })).map((one) => [
            one.event?.returnId,
            one.goodsAccepted,
          ]),
          [
            ['A', true],
            ['B', undefined],
            ['C', undefined],
          ],
        );
      },
    );

    contract('goes on where the store knows of the stage from another way', {}, async (rig) => {
      await rig.take('return.received');
      const event = told('return.accepted');
      await rig.store.accept(intake([{ event, returnKey: keyOf('A'), exception: null }], { source: 'in' }));
      await rig.keeper.work();
      assert.deepEqual(await rig.out(), [], 'its own flow is not done');
      const [delivery] = await rig.store.takeDeliveries('in', { each: 1 }, rig.now);
      await rig.store.settleDelivery(delivery?.id ?? '', rig.now);
      await rig.keeper.work();
      assert.deepEqual(await rig.out(), ['accepted']);
      await rig.take('return.accepted');
      assert.deepEqual(await rig.out(), []);
    });

    contract(
      'R93: does not go on by another way where a check or a person has stopped it',
      {},
      async (rig) => {
        await rig.take('return.received');
        const event = told('return.accepted');
        await rig.store.accept(intake([{ event, returnKey: keyOf('A'), exception: null }], { source: 'in' }));
        const [delivery] = await rig.store.takeDeliveries('in', { each: 1 }, rig.now);
        await rig.store.settleDelivery(delivery?.id ?? '', rig.now);
        const message = JSON.stringify({ topic: event.topic, payload: event });
        const parked = {
          returnKey: keyOf('A'),
          router: 'router',
          exception: exception('sku-blocked'),
          message,
        };
        const { id } = await rig.store.parkException(parked, rig.now);
        await rig.keeper.work();
        assert.deepEqual(await rig.out(), [], 'it is open');
        await rig.store.settleException(id, 'discarded', 'a mistake', { who: 'anna', at: rig.now });
        await rig.keeper.work();
        assert.deepEqual(await rig.out(), [], 'a person has discarded it');
      },
    );

    contract(
      'keeps the events of what waits, whatever its age, and forgets those of what is through',
      {},
      async (rig) => {
        await rig.take('return.received', 'WAITS');
        await rig.take('return.accepted', 'THROUGH');
        await rig.sent();
        const { events } = await rig.store.prune({ settled: '2027-01-01T00:00:00.000Z', people: LATER });
        assert.equal(events, 1);
        assert.equal((await rig.store.gateEvents(GATE, keyOf('WAITS'))).length, 1);
        assert.equal((await rig.store.gateEvents(GATE, keyOf('THROUGH'))).length, 0);
        await rig.take('return.accepted', 'THROUGH');
        await rig.take('return.accepted', 'WAITS');
        assert.deepEqual(await rig.out(), ['accepted'], 'what was through is not let through again');
      },
    );

    it(`${name}: what waits outlives the process`, async (context) => {
      const { store, reopen } = await open();
      const before = await GateRig.open({}, { store });
      if (!reopen) {
        context.skip('its data lives in memory');
        await before.end();
        return;
      }
      await before.take('return.received');
      await before.take('return.accepted', 'B');
      const after = await GateRig.open({}, { store: await reopen() });
      assert.equal((await after.at()).phase, 'held');
      await after.take('return.accepted');
      assert.deepEqual((await after.sent()).map(({ event }) => event.returnId).sort(), ['A', 'B']);
      await after.end();
    });
  });
}
