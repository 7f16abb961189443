import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CHECKS } from '../../nodes/returns/check-profile';
import { checkAgainstSale } from '../../nodes/returns/check-sale';
import type { ErpSale } from '../../nodes/returns/erp-sale';
import type { ReturnEvent } from '../../nodes/returns/event';
import { money } from '../../nodes/returns/money';
import { createWorld, type WorldOrder } from '../../nodes/sandbox/world';
import {
  brightpearlRig,
  orderWhere,
  posted,
  returnOf,
  type BrightpearlRig,
} from '../support/brightpearl-rig';
import { line } from '../support/events';
import { profileOf } from '../support/sales';

async function saleOf({ connector }: BrightpearlRig, of: ReturnEvent): Promise<ErpSale> {
  const answer = await connector.findSale(of);
  assert.equal(answer.found, 'sale', JSON.stringify(answer));
  return answer.sale;
}

function idOf({ simulator }: BrightpearlRig, order: WorldOrder): number {
  const id = simulator.orderId(order.number);
  assert.ok(id !== undefined);
  return id;
}

const ofTwo = ({ lines }: WorldOrder): boolean => lines.length === 1 && lines[0]?.quantity === 2;

describe('the original order in Brightpearl, as checks see it', () => {
  it('R55: has rows with net, tax and the rate of their code, which come to what was paid', async () => {
    const rig = await brightpearlRig();
    const order = orderWhere(rig.world, ({ lines }) => lines.length === 4);
    const sale = await saleOf(rig, returnOf(order));
    assert.deepEqual([sale.state, sale.currency, sale.customer.known], ['invoiced', 'GBP', true]);
    assert.deepEqual(
      sale.lines.map(({ sku, quantity, net, tax }) => [sku, quantity, (net + (tax ?? 0)) / 100]),
      order.lines.map(({ sku, quantity, amountMinor }) => [sku, quantity, amountMinor]),
    );
    for (const sold of sale.lines) {
      const rate = (sold.taxRate ?? 0) / 10_000;
      assert.ok(Math.abs((sold.tax ?? 0) - sold.net * rate) < 200, JSON.stringify(sold));
    }
    assert.deepEqual(
      checkAgainstSale(returnOf(order), { found: 'sale', sale }, profileOf(CHECKS)).findings,
      [],
    );
  });

  it('R50: counts what other credits took in units and value, and not what this one did', async () => {
    const rig = await brightpearlRig();
    const order = orderWhere(rig.world, ofTwo);
    const first = returnOf(order, 1);
    const credit = posted(await rig.credit(first));
    assert.equal((await saleOf(rig, first)).lines[0]?.returned, 0);
    const second = returnOf(order, 2, { returnId: 'HR-second' });
    const sale = await saleOf(rig, second);
    assert.deepEqual(
      sale.lines.map(({ returned, creditedMinor }) => [returned, creditedMinor]),
      [[1, -(credit.amount?.minor ?? 0)]],
    );
    const { findings } = checkAgainstSale(second, { found: 'sale', sale }, profileOf(CHECKS));
    assert.deepEqual(
      findings.map(({ code, line: one }) => [code, one.expected, one.received]),
      [['quantity-over-order', 'at most 1', '2']],
    );
  });

  it('R56, R113: another tax and another price than the order’s are told with both figures', async () => {
    const rig = await brightpearlRig();
    const order = orderWhere(rig.world, ofTwo);
    const [sold] = order.lines;
    const change = { tax: money(1, 'GBP'), price: money((sold?.amountMinor ?? 0) / 2 + 5, 'GBP') };
    const of = returnOf(order, 2, { lines: returnOf(order).lines.map((one) => ({ ...one, ...change })) });
    const sale = await saleOf(rig, of);
    const taxMinor = Math.round((sale.lines[0]?.tax ?? 0) / 100);
    const { findings } = checkAgainstSale(of, { found: 'sale', sale }, profileOf(['value', 'tax']));
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['price-mismatch', 'tax-mismatch'],
    );
    assert.equal(findings[1]?.line.expected, `${(taxMinor / 100).toFixed(2)} GBP`);
    assert.equal(findings[1].line.received, '0.01 GBP');
  });

  it('R48: has the parts of a bundle with their bundle', async () => {
    const world = createWorld({ seed: 3, orders: 60, currency: 'GBP' });
    const order = orderWhere(world, ({ lines }) => lines.length === 1);
    const sku = order.lines[0]?.sku ?? '';
    const parts = ['PART-A', 'PART-B'];
    const rig = await brightpearlRig({
      world,
      bundles: [
        ...parts.map((part) => ({ sku: part, name: part, components: [] })),
        { sku, components: parts.map((part) => ({ sku: part, quantity: 1 })) },
      ],
    });
    const sale = await saleOf(rig, returnOf(order));
    const [bundle] = sale.lines;
    assert.deepEqual(
      sale.lines.map((one) => [one.sku, one.parentId, one.net === 0]),
      [[sku, null, false], ...parts.map((part) => [part, bundle?.id, true])],
    );
    const part = returnOf(order, 1, { lines: [line({ sku: 'PART-A', orderLineId: null })] });
    const held = checkAgainstSale(part, { found: 'sale', sale }, profileOf(['bundle']));
    assert.deepEqual(
      held.findings.map(({ code }) => code),
      ['bundle-part'],
    );
  });

  it('tells its state as the credit sees it', async () => {
    const rig = await brightpearlRig();
    const state = async (change: (id: number) => void): Promise<string> => {
      const order = orderWhere(rig.world, ({ number }) => !seen.has(number));
      seen.add(order.number);
      change(idOf(rig, order));
      return (await saleOf(rig, returnOf(order))).state;
    };
    const seen = new Set<string>();
    const { simulator } = rig;
    assert.equal(await state(() => undefined), 'invoiced');
    assert.equal(await state((id) => simulator.setOrderState(id, 'live')), 'not-invoiced');
    assert.equal(await state((id) => simulator.setOrderState(id, 'cancelled')), 'cancelled');
    assert.equal(await state((id) => simulator.setOrderState(id, 'historical')), 'historical');
    assert.equal(await state((id) => simulator.lockOrder(id, 'invoice-pending')), 'locked');
  });

  it('R130: is not found where it is not there', async () => {
    const rig = await brightpearlRig();
    const of = returnOf(orderWhere(rig.world, ofTwo), 1, { order: { number: 'AC-1', id: null } });
    assert.equal((await rig.connector.findSale(of)).found, 'unknown');
  });

  it('asks once for many returns', async () => {
    const rig = await brightpearlRig();
    const before = rig.connector.calls;
    await Promise.all(rig.world.orders.slice(0, 40).map((order) => rig.connector.findSale(returnOf(order))));
    assert.ok(rig.connector.calls - before <= 6, `${rig.connector.calls - before} calls`);
  });
});
