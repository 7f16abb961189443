import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linesPosted } from '../../nodes/returns/posting-checks';
import { quantity } from '../../nodes/returns/quantity';
import { addOrder } from '../../nodes/sandbox/world';
import { acceptedReturn, creditRig, failureOf, orderWith } from '../support/d365-credit-rig';
import { line } from '../support/events';
import { bundleRows, dispositionRow, mappingsWith, skuRow } from '../support/posting-mappings';

describe('F-8: credits without goods', () => {
  const mappings = mappingsWith({ disposition: [dispositionRow('keep-it', 'CREDONLY')] });
  const kept = (of: ReturnType<typeof acceptedReturn>): typeof of => ({
    ...of,
    topic: 'return.started',
    lines: of.lines.map((one) => ({ ...one, platformDisposition: 'keep-it' })),
  });

  it('are marked so by the mappings where money goes out early, and credited', async () => {
    const rig = await creditRig();
    const of = kept(acceptedReturn(orderWith(rig.world, 2)));
    await rig.ordered(of);
    const { documents, problem } = await rig.post(of, { mappings, early: true });
    assert.equal(problem, null);
    assert.equal(documents.length, 1);
    assert.equal(documents[0]?.references['mappings'], mappings.version);
    assert.deepEqual(rig.simulator.observer.arrivals(), []);
    assert.deepEqual(
      new Set(rig.order(of).lines.map(({ disposition }) => disposition)),
      new Set(['CREDONLY']),
    );
  });

  it('are credited where D365 leaves the line Expected, too', async () => {
    const rig = await creditRig({}, { creditOnlyOverOData: false });
    const of = kept(acceptedReturn(orderWith(rig.world, 1)));
    await rig.ordered(of);
    assert.equal((await rig.post(of, { mappings, early: true })).documents.length, 1);
  });

  it('R87: are not made of goods that come back, nor where money waits for the goods', async () => {
    const rig = await creditRig();
    const of = acceptedReturn(orderWith(rig.world, 1));
    await rig.ordered(of);
    const goods = mappingsWith({ disposition: [dispositionRow('keep-it', 'CREDIT')] });
    assert.equal(
      (await failureOf(rig.post(kept(of), { mappings: goods, early: true }))).code,
      'goods-not-ready',
    );
    assert.equal((await failureOf(rig.post(kept(of), { mappings, early: false }))).code, 'goods-not-ready');
    assert.equal(rig.order(of).lines[0]?.disposition, '');
  });

  it('a change of the line whose answer is lost is looked up', async () => {
    const rig = await creditRig();
    const of = kept(acceptedReturn(orderWith(rig.world, 1)));
    await rig.ordered(of);
    rig.simulator.dials.dropAfterCommitNext = 1;
    await rig.postInTheEnd(of, { mappings, early: true });
    assert.equal(rig.simulator.observer.creditNotes().length, 1);
  });
});

describe('R45, R46: credits in the ERP’s names and pieces', () => {
  it('a bundle that was sold as its components counts when all of them are credited', async () => {
    const rig = await creditRig();
    const [shirt, mug] = rig.world.items.filter(({ state }) => state === 'active');
    assert.ok(shirt && mug);
    const order = addOrder(rig.world, { sku: shirt.sku, quantity: 2 });
    const [first] = order.lines;
    assert.ok(first);
    first.lineId = 'set-a';
    order.lines.push({ ...first, lineId: 'set-b', sku: mug.sku, quantity: 4 });
    rig.simulator.takeOver(order);
    const mappings = mappingsWith({
      sku: [skuRow('SET', 'SET')],
      bundle: bundleRows('SET', { [shirt.sku]: 1, [mug.sku]: 2 }),
    });
    const of = {
      ...acceptedReturn(order),
      lines: [line({ id: 'l1', sku: 'SET', quantity: quantity(2) })],
    };
    const policy = { warehouse: 'RETQC', reasons: new Map<string, string>(), orderPattern: null, mappings };
    const made = await rig.connector.createReturnOrder(of, policy, rig.store);
    assert.equal(made.outcome, 'posted', JSON.stringify(made));
    await rig.arrive(of, 'l1+1');
    assert.equal((await failureOf(rig.post(of, { mappings }))).code, 'goods-not-ready');
    await rig.arrive(of, 'l1+2');
    const { documents, problem } = await rig.post(of, { mappings });
    assert.equal(problem, null, JSON.stringify(problem));
    const units = documents.map((document) => linesPosted(document).get('l1') ?? 0);
    assert.equal(
      units.reduce((sum, one) => sum + one, 0),
      2,
    );
    const total = documents.reduce((sum, { amount }) => sum + (amount?.minor ?? 0), 0);
    assert.equal(total, -order.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0));
  });

  it('each part of a divided return has its own credit', async () => {
    const rig = await creditRig();
    const order = orderWith(rig.world, 2);
    const whole = acceptedReturn(order);
    const [first, ...rest] = whole.lines;
    assert.ok(first);
    const parts = [
      { ...whole, lines: [first] },
      { ...whole, lines: rest, part: 2, id: `${whole.id}~2` },
    ];
    for (const part of parts) {
      await rig.ordered(part);
      for (const { id } of part.lines) await rig.arrive(part, id);
      assert.equal((await rig.post(part)).documents.length, 1);
    }
    const total = rig.simulator.observer
      .creditNotes()
      .reduce((sum, one) => sum + Math.round(one.total * 100), 0);
    assert.equal(total, -order.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0));
  });
});

describe('R52: what was credited between two looks', () => {
  it('two credit notes of jobs make two documents, each with its own lots', async () => {
    const rig = await creditRig({ posting: 'batch-job' });
    const order = orderWith(rig.world, 2);
    const of = acceptedReturn(order);
    await rig.ordered(of);
    for (const { lineId } of order.lines) {
      await rig.arrive(of, lineId);
      rig.simulator.operator.runBatchJobs('packingSlip', 'invoice');
    }
    const { documents, problem } = await rig.post(of);
    assert.equal(problem, null, JSON.stringify(problem));
    assert.equal(documents.length, order.lines.length);
    const lots = new Map(rig.order(of).lines.map(({ lot, creditNote }) => [lot, creditNote]));
    for (const { number, references } of documents) assert.equal(lots.get(references['lots'] ?? ''), number);
  });

  it('penny shares of a line are those of the sale, whichever return came first', async () => {
    const rig = await creditRig();
    const order = addOrder(rig.world, { sku: rig.world.items[0]?.sku ?? '', quantity: 3 });
    const [sold] = order.lines;
    assert.ok(sold);
    sold.amountMinor = 1000;
    rig.simulator.takeOver(order);
    const returns = [1, 2, 3].map((at) =>
      acceptedReturn(order, { [sold.lineId]: 1 }, { returnId: `HR${at}`, returnNumber: `HR${at}` }),
    );
    for (const of of returns) await rig.ordered(of);
    // The last one comes first: what the others hold was planned before it.
    for (const of of [...returns].reverse()) {
      await rig.arrive(of, sold.lineId);
      assert.equal((await rig.post(of)).problem, null);
    }
    const credits = rig.simulator.observer.creditNotes().map(({ total }) => Math.round(total * 100));
    assert.equal(
      credits.reduce((sum, one) => sum + one, 0),
      -1000,
    );
  });
});
