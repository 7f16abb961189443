import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReturnEvent } from '../../nodes/returns/event';
import { money } from '../../nodes/returns/money';
import { quantity } from '../../nodes/returns/quantity';
import { createWorld } from '../../nodes/sandbox/world';
import { exchangeRig, made, refusedWith, type ExchangeRig } from '../support/brightpearl-exchange';
import { posted, writesOf } from '../support/brightpearl-rig';
import { bundleRows, mappingsWith, skuRow } from '../support/posting-mappings';

/** The exchange of the rig under the platform's own names. */
function renamed(rig: ExchangeRig, price: number | null = null): ReturnEvent {
  const of = rig.event(price);
  return { ...of, lines: of.lines.map((one) => ({ ...one, sku: one.kind === 'item' ? 'old-1' : 'new-1' })) };
}

describe('the replacement order with Return Mappings', () => {
  it('R36: sends the item of the row, at the value of the goods that come back, and names the version', async () => {
    const rig = await exchangeRig();
    const mappings = mappingsWith({
      sku: [skuRow('old-1', rig.order.lines[0]?.sku ?? ''), skuRow('new-1', rig.other.sku)],
    });
    const of = renamed(rig);
    posted(await rig.credit(of, { mappings }));
    const document = made(await rig.exchange(of, { mappings }));
    const [order] = rig.simulator.observer.exchangeOrders();
    assert.deepEqual(
      order?.rows.map(({ sku, quantity: units }) => [sku, units]),
      [[rig.other.sku, 1]],
    );
    assert.deepEqual(
      [document.amount?.minor, document.references['mappings']],
      [rig.value, mappings.version],
    );
    // What was posted keeps its version.
    const later = mappingsWith({ sku: [skuRow('x', 'y')] });
    const again = made(await rig.exchange({ ...of, topic: 'return.refunded' }, { mappings: later }));
    assert.equal(again.references['mappings'], mappings.version);
  });

  it('a replacement that is named by the line of goods is mapped as well, and told in the platform’s words', async () => {
    const rig = await exchangeRig();
    const sku = rig.order.lines[0]?.sku ?? '';
    const of = rig.event();
    const lines = of.lines.slice(0, 1).map((one) => ({ ...one, replacementSku: 'new-1' }));
    const wrong = mappingsWith({ sku: [skuRow('new-1', 'NO-SUCH')] });
    await rig.creditFor({ ...of, lines });
    const problem = refusedWith(await rig.exchange({ ...of, lines }, { mappings: wrong }));
    assert.deepEqual(
      [problem.code, problem.what, problem.lines[0]?.sku],
      ['sku-unknown', 'NO-SUCH', 'new-1'],
    );
    const mappings = mappingsWith({ sku: [skuRow('new-1', rig.other.sku), skuRow(sku, sku)] });
    made(await rig.exchange({ ...of, lines }, { mappings }));
    assert.equal(rig.simulator.observer.exchangeOrders()[0]?.rows[0]?.sku, rig.other.sku);
  });

  it('R45: a pack goes out as its pieces, at the price of the pack, and is counted as one', async () => {
    const rig = await exchangeRig();
    const mappings = mappingsWith({
      unit: [{ item: rig.other.sku, from: 'pack', to: 'each', factor: '2' }],
    });
    const of = rig.event(4000, { quantity: quantity(1, 'pack') });
    await rig.creditFor(of);
    const document = made(await rig.exchange(of, { mappings }));
    const [order] = rig.simulator.observer.exchangeOrders();
    assert.deepEqual([order?.rows[0]?.quantity, document.amount], [2, money(4000, 'GBP')]);
    assert.match(document.references['lines'] ?? '', /×1$/);
    made(await rig.exchange({ ...of, topic: 'return.refunded' }, { mappings }));
    const crate = rig.event(4000, { quantity: quantity(1, 'crate') });
    assert.equal(refusedWith(await rig.exchange(crate, { mappings })).code, 'unit-unmapped');
    assert.equal(writesOf(rig.simulator)['POST /order-service/sales-order'], 1);
  });

  it('R48: a bundle that is credited as its components is worth what they are, before and after the credit', async () => {
    for (const afterCredit of [true, false]) {
      const world = createWorld({ seed: 5, orders: 20, currency: 'GBP' });
      const [order] = world.orders;
      assert.ok(order);
      const [a, b] = world.items.slice(0, 2).map(({ sku }) => sku);
      assert.ok(a !== undefined && b !== undefined);
      const row = (lineId: string, sku: string, amountMinor: number): (typeof order.lines)[number] => ({
        lineId,
        sku,
        quantity: 1,
        priceMinor: amountMinor,
        amountMinor,
      });
      order.lines = [row('1', a, 60_01), row('2', b, 9_98)];
      const rig = await exchangeRig(({ number }) => number === order.number, { world });
      const mappings = mappingsWith({ bundle: bundleRows('SET', { [a]: 1, [b]: 1 }) });
      const of = rig.event();
      const lines = of.lines.map((one) => (one.kind === 'item' ? { ...one, sku: 'SET' } : one));
      if (afterCredit) posted(await rig.credit({ ...of, lines }, { mappings }));
      const document = made(await rig.exchange({ ...of, lines }, { mappings, afterCredit }));
      assert.equal(document.amount?.minor, 69_99);
    }
  });
});
