import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkAgainstSale } from '../../nodes/returns/check-sale';
import type { CheckProfile } from '../../nodes/returns/check-profile';
import type { ErpConnector } from '../../nodes/returns/erp-connector';
import type { ReturnEvent } from '../../nodes/returns/event';
import type { Finding } from '../../nodes/returns/finding';
import { quantity } from '../../nodes/returns/quantity';
import { addOrder } from '../../nodes/sandbox/world';
import { bcBench, codeOf, returnOf, type BcBench } from '../support/bc-bench';
import { acceptedReturn, creditRig } from '../support/d365-credit-rig';

const PROFILE: CheckProfile = {
  checks: new Set(['order', 'quantity', 'unit']),
  orderPattern: null,
  toleranceMinor: 0,
  substitutes: new Map(),
};

/** What the SKU Validator finds of a return on its sale. */
async function findings(
  connector: Required<Pick<ErpConnector, 'findSale'>>,
  of: ReturnEvent,
): Promise<Finding[]> {
  return checkAgainstSale(of, await connector.findSale(of), PROFILE).findings;
}

function counted(of: ReturnEvent, value: number, unit?: string): ReturnEvent {
  const id = `HR-${value}-${unit ?? ''}`;
  const lines = of.lines.map((one) => ({ ...one, quantity: quantity(value, unit) }));
  return { ...of, returnId: id, returnNumber: id, lines };
}

/** A return of a sale of so many of one unit. */
async function soldIn(unit: string, count: number, published: boolean): Promise<[BcBench, ReturnEvent]> {
  const bench = await bcBench(published ? { services: { itemUnits: 'ItemUnitsOfMeasure' } } : {});
  const sold = bench.order((order) => order.lines.length === 1);
  const change = { unitOfMeasureCode: unit, quantity: count };
  bench.simulator.change('salesInvoiceLines', { lineObjectNumber: sold.lines[0]?.sku ?? '' }, change);
  return [bench, returnOf(sold, {}, 1)];
}

describe('R45, R47: the SKU Validator counts units as the documents do', () => {
  it('Business Central: a pack of the sale holds what the published page says, and earlier returns count', async () => {
    const [bench, of] = await soldIn('BOX', 2, true);
    assert.deepEqual(await findings(bench.connector, counted(of, 20)), []);
    const [over] = await findings(bench.connector, counted(of, 21));
    assert.deepEqual([over?.code, over?.line.expected], ['quantity-over-order', 'at most 20']);
    assert.equal(codeOf(await bench.announce(counted(of, 10))), 'posted, as meant');
    const [more] = await findings(bench.connector, counted(of, 11));
    assert.deepEqual([more?.code, more?.line.expected], ['quantity-over-order', 'at most 10']);
    assert.deepEqual(await findings(bench.connector, counted(of, 1, 'BOX')), []);
  });

  it('Business Central: a pack that the platform counts is its pieces, where the sale is in pieces', async () => {
    const [bench, of] = await soldIn('PCS', 20, true);
    const packs = counted(of, 2, 'box');
    assert.deepEqual(await findings(bench.connector, packs), []);
    assert.equal(codeOf(await bench.announce(packs)), 'posted, as meant');
    const [over] = await findings(bench.connector, counted(of, 3, 'box'));
    assert.deepEqual([over?.code, over?.line.received], ['quantity-over-order', '30']);
  });

  it('Business Central: without the page nothing is guessed, by neither', async () => {
    const [bench, of] = await soldIn('BOX', 2, false);
    const [strange] = await findings(bench.connector, counted(of, 10));
    assert.equal(strange?.code, 'unit-mismatch');
    assert.equal(codeOf(await bench.announce(counted(of, 10))), 'unit-mismatch');
  });

  it('Finance & SCM: a box that the platform counts is its pieces, by the conversions that the return order goes by', async () => {
    const rig = await creditRig();
    const order = addOrder(rig.world, { sku: rig.world.items[0]?.sku ?? '', quantity: 24 });
    const of = acceptedReturn(order, { [order.lines[0]?.lineId ?? '']: 1 });
    assert.deepEqual(await findings(rig.connector, counted(of, 2, 'box')), []);
    const [over] = await findings(rig.connector, counted(of, 3, 'box'));
    assert.deepEqual([over?.code, over?.line.received], ['quantity-over-order', '36']);
    const [strange] = await findings(rig.connector, counted(of, 1, 'crate'));
    assert.equal(strange?.code, 'unit-mismatch');
  });
});

describe('R50: the SKU Validator names the return order by which others took the goods back', () => {
  it('as the posting does; where it is too much anyway, it is quantity-over-order', async () => {
    const rig = await creditRig();
    const [item, customer] = [rig.world.items[0]?.sku ?? '', rig.world.orders[0]?.customer ?? ''];
    const order = addOrder(rig.world, { sku: item, quantity: 2, customer });
    rig.simulator.takeOver(order);
    const lineId = order.lines[0]?.lineId ?? '';
    const number = rig.simulator.operator.addForeignReturnOrder(order.salesOrderNumber, { 1: 1 });
    const back = (units: number): ReturnEvent => acceptedReturn(order, { [lineId]: units });
    assert.deepEqual(await findings(rig.connector, back(1)), []);
    const found = await findings(rig.connector, back(2));
    assert.deepEqual(
      found.map(({ code, line }) => [code, line.field, line.received]),
      [
        ['credit-by-others', 'quantity', '2'],
        ['credit-by-others', `return order ${number}`, `1 ea of ${item}`],
      ],
    );
    const posting = await rig.connector.createReturnOrder(
      back(2),
      { warehouse: 'RETQC', reasons: new Map(), orderPattern: null },
      rig.store,
    );
    assert.ok(posting.outcome === 'exception');
    assert.deepEqual([posting.problem.code, posting.problem.what], [found[0]?.code, found[0]?.what]);
    const [over] = await findings(rig.connector, back(3));
    assert.deepEqual([over?.code, over?.line.expected], ['quantity-over-order', 'at most 1']);
    rig.simulator.operator.cancelOrder(number);
    assert.deepEqual(await findings(rig.connector, back(2)), []);
  });
});
