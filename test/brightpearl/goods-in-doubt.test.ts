import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openMemoryStore } from '../../nodes/store/sqlite';
import { failureOf, returnOf, writesOf } from '../support/brightpearl-rig';
import {
  bookedOf,
  GOODS,
  goodsRig,
  problemIn,
  stockOf,
  unitsOf,
  type GoodsRig,
} from '../support/brightpearl-goods';

const NOTE = 'POST /warehouse-service/order/{id}/goods-note/goods-in';
const three: Parameters<typeof goodsRig>[0] = ({ lines }) => lines[0]?.quantity === 3;

/** One note for the return, with everything that was sold of its first line. */
function assertOneNote({ simulator, order }: GoodsRig): void {
  const notes = simulator.observer.goodsInNotes();
  assert.equal(notes.length, 1);
  assert.equal(stockOf(simulator, order.lines[0]?.sku ?? '', true), order.lines[0]?.quantity);
}

describe('R110: a note whose outcome is not known', () => {
  it('is looked up by its reference where the answer was lost', async () => {
    const rig = await goodsRig(three);
    await rig.creditFor();
    rig.simulator.dials.dropAfterCommitNext = 1;
    const received = unitsOf(rig.order, [0, 1, 2]);
    assert.equal((await failureOf(rig.book(received))).class, 'ambiguous');
    const [document] = bookedOf(await rig.book(received));
    assertOneNote(rig);
    assert.equal(document?.number, String(rig.simulator.observer.goodsInNotes()[0]?.id));
    assert.equal(document.references['lines'], `${rig.order.lines[0]?.lineId}.0×3`);
    assert.equal(writesOf(rig.simulator)[NOTE], 1);
  });

  it('is sent again where it never arrived', async () => {
    const rig = await goodsRig(three);
    await rig.creditFor();
    rig.simulator.dials.dropBeforeCommitNext = 1;
    const received = unitsOf(rig.order, [0, 1, 2]);
    await failureOf(rig.book(received));
    bookedOf(await rig.book(received));
    assertOneNote(rig);
  });

  it('is there once, whether the late first call comes before the second one or after it', async () => {
    for (const lateCommitMs of [1, 3_600_000]) {
      const rig = await goodsRig(three);
      await rig.creditFor();
      Object.assign(rig.simulator.dials, { lateCommitNext: 1, lateCommitMs });
      const received = unitsOf(rig.order, [0, 1, 2]);
      await failureOf(rig.book(received));
      bookedOf(await rig.book(received));
      await rig.simulator.observer.settled();
      assertOneNote(rig);
    }
  });

  it('is first brought to its end as it was sent, by whichever event comes next', async () => {
    for (const dial of ['dropAfterCommitNext', 'dropBeforeCommitNext'] as const) {
      const rig = await goodsRig(three);
      await rig.creditFor();
      rig.simulator.dials[dial] = 1;
      const first = unitsOf(rig.order, [1]);
      await failureOf(rig.book(first));
      const [one, two] = bookedOf(await rig.book(unitsOf(rig.order, [0, 2])));
      assert.deepEqual(
        [one?.references['lines'], two?.references['lines']].map((text) => text?.slice(-4)),
        ['.1×1', '.0×2'],
      );
      assert.deepEqual(bookedOf(await rig.book(first)), []);
      assert.equal(stockOf(rig.simulator, rig.order.lines[0]?.sku ?? '', true), 3);
    }
  });

  it('is taken as Brightpearl tells it after the store was restored from an older copy', async () => {
    const rig = await goodsRig(three);
    const credit = await rig.creditFor();
    const first = bookedOf(await rig.book(unitsOf(rig.order, [0, 1])));
    // What was stored since the backup is gone.
    const store = await openMemoryStore();
    const again = await rig.connector.bookGoodsIn(unitsOf(rig.order, [0, 1, 2]), [credit], GOODS, store);
    const [one, two] = bookedOf(again);
    assert.equal(one?.number, first[0]?.number);
    assert.equal(one?.references['quarantine'], 'true');
    assert.deepEqual(
      [one.references['lines'], two?.references['lines']].map((text) => text?.slice(-2)),
      ['×2', '×1'],
    );
    assert.equal(stockOf(rig.simulator, rig.order.lines[0]?.sku ?? '', true), 3);
  });

  it('is found by its refused reference, whatever the words of the refusal', async () => {
    const refusals = { duplicateBatchReference: { status: 400, code: 'WHSC-000', message: 'No.' } };
    const rig = await goodsRig(three, { refusals });
    await rig.creditFor();
    // The first call is carried out after it was looked for, right before the second one.
    const handle = rig.simulator.handle.bind(rig.simulator);
    let first: Parameters<typeof handle>[0] | undefined;
    rig.simulator.handle = async (request) => {
      const note = request.method === 'POST' && request.url.includes('/goods-note/goods-in');
      if (note && !first) {
        first = request;
        return { status: 200, drop: true };
      }
      if (note && first) await handle(first);
      return handle(request);
    };
    const received = unitsOf(rig.order, [0, 1, 2]);
    await failureOf(rig.book(received));
    bookedOf(await rig.book(received));
    assertOneNote(rig);
    assert.equal(writesOf(rig.simulator)[NOTE], 2);
  });
});

describe('R57, R123: what Brightpearl holds is compared with what was meant', () => {
  it('a note that was corrected meanwhile is a conflict', async () => {
    const rig = await goodsRig(three);
    await rig.creditFor();
    rig.simulator.dials.dropAfterCommitNext = 1;
    const received = unitsOf(rig.order, [0, 1, 2]);
    await failureOf(rig.book(received));
    const [note] = rig.simulator.observer.goodsInNotes();
    await rig.connector.client.write({
      method: 'POST',
      path: `/warehouse-service/goods-note/goods-in/${note?.id}/correction`,
      body: {
        productId: rig.simulator.productId(rig.order.lines[0]?.sku ?? ''),
        locationId: 21,
        quantity: 1,
      },
      assertAlive: () => undefined,
    });
    const problem = problemIn(await rig.book(received));
    assert.equal(problem.code, 'document-conflict');
    assert.match(problem.what, /row \d+ into location 21: 3 meant, 2 there/);
  });
});

describe('what stands in the way', () => {
  it('R72: a location that the warehouse does not have', async () => {
    const rig = await goodsRig();
    await rig.creditFor();
    const problem = problemIn(
      await rig.book(returnOf(rig.order, undefined, { topic: 'return.received' }), { warehouseId: 99 }),
    );
    assert.equal(problem.code, 'location-unknown');
    assert.deepEqual(rig.simulator.observer.goodsInNotes(), []);
  });

  it('a credit that is cancelled receives nothing, and nobody waits for it', async () => {
    const rig = await goodsRig();
    const credit = await rig.creditFor();
    rig.simulator.setOrderState(Number(credit.number), 'cancelled');
    const problem = problemIn(await rig.book(returnOf(rig.order, undefined, { topic: 'return.received' })));
    assert.deepEqual(
      [problem.code, problem.what],
      ['credit-missing', `sales credit ${credit.number} is cancelled`],
    );
  });

  it('a locked credit is waited for, and then receives them', async () => {
    const rig = await goodsRig(three);
    const credit = await rig.creditFor();
    rig.simulator.lockOrder(Number(credit.number));
    const received = unitsOf(rig.order, [0, 1, 2]);
    const error = await failureOf(rig.book(received));
    assert.deepEqual([error.code, error.class], ['brightpearl-order-locked', 'state-blocked']);
    rig.simulator.unlockOrder(Number(credit.number));
    bookedOf(await rig.book(received));
    assertOneNote(rig);
  });

  it('R117: a refusal names the line that it is about', async () => {
    const rig = await goodsRig(({ lines }) => lines.length > 1);
    await rig.creditFor();
    const received = returnOf(rig.order, undefined, { topic: 'return.received' });
    const problem = problemIn(await rig.book(received, { rowField: 'salesCreditRowId' }));
    assert.equal(problem.code, 'credit-line-refused');
    assert.deepEqual(
      problem.lines.map(({ lineId, sku, field }) => [lineId, sku, field]),
      rig.order.lines.map(({ lineId, sku }) => [lineId, sku, 'purchaseOrderRowId']),
    );
    assert.equal(bookedOf(await rig.book(received)).length, 1);
  });

  it('an account whose notes name the row otherwise', async () => {
    const rig = await goodsRig(three, { goodsInRowField: 'salesCreditRowId' });
    await rig.creditFor();
    bookedOf(await rig.book(unitsOf(rig.order, [0, 1, 2]), { rowField: 'salesCreditRowId' }));
    assertOneNote(rig);
  });

  it('a line with no SKU, and a part of a piece', async () => {
    const rig = await goodsRig();
    await rig.creditFor();
    const received = returnOf(rig.order, undefined, { topic: 'return.received' });
    for (const [change, code] of [
      [{ sku: null }, 'sku-missing'],
      [{ quantity: { value: 0.5, unit: 'each' }, unitIds: [] }, 'quantity-not-whole'],
    ] as const) {
      const lines = received.lines.map((one) => ({ ...one, ...change, unitIds: [] }));
      assert.equal(problemIn(await rig.book({ ...received, lines })).code, code);
    }
  });
});
