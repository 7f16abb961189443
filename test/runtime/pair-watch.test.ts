import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { returnKey } from '../../nodes/returns/event';
import { money } from '../../nodes/returns/money';
import { closeOnly, exposureOf, halfOf, markTold, overdueHalves } from '../../nodes/runtime/pair-watch';
import { openMemoryStore } from '../../nodes/store/sqlite';
import { type event, intake, newEvent, NOW } from '../support/events';

const HOUR = 3_600_000;
const at = (hours: number): { clock: { now: () => number } } => ({
  clock: { now: () => Date.parse(NOW) + hours * HOUR },
});

async function storeWith(count: number): Promise<{
  store: Awaited<ReturnType<typeof openMemoryStore>>;
  events: ReturnType<typeof event>[];
}> {
  const store = await openMemoryStore();
  const made = Array.from({ length: count }, (_, index) =>
    newEvent({ returnId: `HR${index}`, returnNumber: `HR${index}`, topic: 'return.received' }),
  );
  await store.accept(intake(made));
  return { store, events: made.map((one) => one.event) };
}

const goods = { connectionId: 'account-1', document: null, amount: null, withinHours: 24 };
const credit = (minor: number) => ({
  ...goods,
  document: '100',
  amount: money(-minor, 'GBP'),
  withinHours: 21 * 24,
});

describe('R115, R178: the two halves of a return', () => {
  it('three movements without credit: after 24 hours exactly three are listed, once a day', async () => {
    const { store, events } = await storeWith(5);
    for (const one of events) await store.recordHalf(halfOf(one, 'goods', goods));
    // The goods are booked in as well: still one exception a return.
    for (const one of events.slice(0, 2))
      await store.recordHalf(halfOf(one, 'stock', { ...goods, document: '7' }));
    for (const one of events.slice(3)) await store.recordHalf(halfOf(one, 'credit', credit(1000)));
    assert.deepEqual(await overdueHalves(store, 'account-1', 'test', at(23)), []);
    const overdue = await overdueHalves(store, 'account-1', 'test', at(25));
    assert.deepEqual(
      overdue.map(({ exception }) => [exception.code, exception.owner, exception.about.returnNumber]).sort(),
      [
        ['stock-without-credit', 'finance', 'HR0'],
        ['stock-without-credit', 'finance', 'HR1'],
        ['stock-without-credit', 'finance', 'HR2'],
      ],
    );
    assert.match(overdue[0]?.exception.summary ?? '', /goods received on 2026-02-20, 1 h late/);
    // The message can be resumed: it holds the whole event.
    assert.equal((overdue[0]?.message['payload'] as { topic: string }).topic, 'return.received');
    await markTold(store, overdue, at(25));
    assert.deepEqual(await overdueHalves(store, 'account-1', 'test', at(26)), []);
    assert.equal((await overdueHalves(store, 'account-1', 'test', at(50))).length, 3);
    assert.deepEqual(await overdueHalves(store, 'another', 'test', at(50)), []);
  });

  it('the other way round: a credit whose goods do not come is the warehouse’s', async () => {
    const { store, events } = await storeWith(2);
    for (const one of events) await store.recordHalf(halfOf(one, 'credit', credit(2599)));
    const [first] = events;
    assert.ok(first);
    await store.recordHalf(halfOf(first, 'goods', goods));
    const overdue = await overdueHalves(store, 'account-1', 'test', at(22 * 24));
    assert.deepEqual(
      overdue.map(({ exception }) => [exception.code, exception.owner]),
      [['credit-without-stock', 'warehouse']],
    );
    assert.match(overdue[0]?.exception.summary ?? '', /credit 100 over 25.99 GBP on 2026-02-20, 24 h late/);
  });

  it('closes by itself when the other half comes, and leaves other exceptions of the return', async () => {
    const { store, events } = await storeWith(1);
    const [first] = events;
    assert.ok(first);
    await store.recordHalf(halfOf(first, 'credit', credit(1)));
    const [overdue] = await overdueHalves(store, 'account-1', 'test', at(22 * 24));
    assert.ok(overdue);
    const key = returnKey(first);
    for (const code of ['credit-without-stock', 'amount-mismatch']) {
      const exception = { ...overdue.exception, code };
      await store.parkException({ returnKey: key, router: 'r', exception, message: '{}' }, NOW);
    }
    assert.equal(await closeOnly(store, key, 'credit-without-stock', 'the goods are there', NOW), 1);
    const open = await store.listExceptions({ status: 'open', limit: 9 });
    assert.deepEqual(
      open.map(({ exception }) => exception.code),
      ['amount-mismatch'],
    );
  });
});

describe('R98, R206: the exposure meter', () => {
  it('ten early credits that were not received: the sum is theirs, by age, and falls when goods come', async () => {
    const { store, events } = await storeWith(10);
    for (const [index, one] of events.entries()) {
      const aged = { ...one, occurredAt: new Date(Date.parse(NOW) - index * 8 * 24 * HOUR).toISOString() };
      await store.recordHalf(halfOf(aged, 'credit', credit(1000 + index)));
    }
    const [row] = await exposureOf(store, 'account-1', at(1));
    assert.equal(row?.count, 10);
    assert.equal(row.minor, 10 * 1000 + 45);
    assert.deepEqual(
      row.ages.map(({ age, count }) => [age, count]),
      [
        ['up to 7 days', 1],
        ['7 to 14 days', 1],
        ['14 to 30 days', 2],
        ['30 to 60 days', 4],
        ['over 60 days', 2],
      ],
    );
    const [first] = events;
    assert.ok(first);
    await store.recordHalf(halfOf(first, 'goods', goods));
    assert.equal((await exposureOf(store, 'account-1', at(1)))[0]?.minor, 10 * 1000 + 45 - 1000);
  });
});
