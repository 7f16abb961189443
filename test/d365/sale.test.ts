import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkAgainstSale } from '../../nodes/returns/check-sale';
import type { ErpSale } from '../../nodes/returns/erp-sale';
import type { ReturnEvent } from '../../nodes/returns/event';
import { quantity } from '../../nodes/returns/quantity';
import { addOrder, type WorldOrder } from '../../nodes/sandbox/world';
import { returnOf } from '../support/brightpearl-rig';
import { profileOf } from '../support/sales';
import { line } from '../support/events';
import { d365Rig, type D365Rig } from '../support/validator-node';

const POLICY = { warehouse: 'RETQC', reasons: new Map<string, string>(), orderPattern: null };

async function saleOf({ connector }: D365Rig, of: ReturnEvent): Promise<ErpSale> {
  const answer = await connector.findSale(of);
  assert.equal(answer.found, 'sale', JSON.stringify(answer));
  return answer.sale;
}

function orderOfTwo({ world }: D365Rig): WorldOrder {
  const order = world.orders.find(({ lines }) => lines.length === 1 && lines[0]?.quantity === 2);
  assert.ok(order);
  return order;
}

describe('the original order in Dynamics 365, as checks see it', () => {
  it('has lines with quantity, unit, amount and the shop’s line id', async () => {
    const rig = await d365Rig();
    const order = orderOfTwo(rig);
    const sale = await saleOf(rig, returnOf(order));
    const [sold] = order.lines;
    assert.deepEqual([sale.number, sale.state, sale.currency], [order.salesOrderNumber, 'invoiced', 'USD']);
    assert.deepEqual(sale.customer, { account: `account ${order.customer}`, known: true, hold: null });
    assert.deepEqual(
      sale.lines.map((one) => [
        one.sku,
        one.quantity,
        one.unit,
        one.pieces,
        one.externalId,
        one.net,
        one.tax,
      ]),
      [[sold?.sku, 2, 'ea', 1, sold?.lineId, (sold?.amountMinor ?? 0) * 100, 0]],
    );
  });

  it('R50: counts what other returns took, and not what this one did', async () => {
    const rig = await d365Rig();
    const order = orderOfTwo(rig);
    const first = returnOf(order, 1);
    assert.equal((await rig.connector.createReturnOrder(first, POLICY, rig.store)).outcome, 'posted');
    assert.equal((await saleOf(rig, first)).lines[0]?.returned, 0);
    const second = returnOf(order, 2, { returnId: 'HR-second' });
    const answer = await rig.connector.findSale(second);
    const { findings } = checkAgainstSale(second, answer, profileOf(['quantity']));
    assert.deepEqual(
      findings.map(({ code, line: one }) => [code, one.expected, one.received]),
      [['quantity-over-order', 'at most 1', '2']],
    );
  });

  it('R47: an order in another unit is counted in pieces by a table, with pieces that came back before', async () => {
    const rig = await d365Rig();
    const order = orderOfTwo(rig);
    const first = returnOf(order, 1);
    assert.equal((await rig.connector.createReturnOrder(first, POLICY, rig.store)).outcome, 'posted');
    rig.simulator.change('SalesOrderLinesV3', (row) => row['SalesOrderNumber'] === order.salesOrderNumber, {
      SalesUnitSymbol: 'kg',
    });
    const [sold] = order.lines;
    const back = (pieces: number): ReturnEvent =>
      returnOf(order, 1, {
        returnId: 'HR-second',
        lines: [
          line({ sku: sold?.sku ?? null, orderLineId: sold?.lineId ?? null, quantity: quantity(pieces) }),
        ],
      });
    const sale = await saleOf(rig, back(1));
    assert.deepEqual(
      sale.lines.map((one) => [one.unit, one.pieces, one.returned, one.returnedPieces]),
      [['kg', null, 0, 1]],
    );
    const answer = { found: 'sale' as const, sale };
    const profile = profileOf(['quantity'], { piecesIn: () => 12 });
    assert.deepEqual(checkAgainstSale(back(23), answer, profile).findings, []);
    assert.deepEqual(
      checkAgainstSale(back(24), answer, profile).findings.map(({ code, what }) => [code, what]),
      [['quantity-over-order', `${sold?.sku ?? ''}: 24 sold, 1 returned before, 24 now`]],
    );
    assert.deepEqual(
      checkAgainstSale(back(1), answer, profileOf(['quantity'])).findings.map(({ code }) => code),
      ['unit-mismatch'],
    );
  });

  it('R47: an order in boxes is counted in pieces by the ERP’s own conversion', async () => {
    const rig = await d365Rig();
    const order = orderOfTwo(rig);
    await rig.connector.findSale(returnOf(order));
    rig.simulator.change('SalesOrderLinesV3', (row) => row['SalesOrderNumber'] === order.salesOrderNumber, {
      SalesUnitSymbol: 'box',
    });
    const [sold] = order.lines;
    const back = returnOf(order, 1, {
      returnId: 'HR-25',
      lines: [line({ sku: sold?.sku ?? null, orderLineId: sold?.lineId ?? null, quantity: quantity(25) })],
    });
    const sale = await saleOf(rig, back);
    assert.equal(sale.lines[0]?.pieces, 12);
    const { findings } = checkAgainstSale(back, { found: 'sale', sale }, profileOf(['quantity']));
    assert.deepEqual(
      findings.map(({ code, line: one }) => [code, one.expected]),
      [['quantity-over-order', 'at most 24']],
    );
  });

  it('R55, R56: tells the tax of each line as its invoice has it, and what earlier returns gave back', async () => {
    const tax = { percent: 20, byItemTaxGroup: {}, included: false, rounding: 'line' } as const;
    const rig = await d365Rig({ tax });
    const order = orderOfTwo(rig);
    const [sold] = order.lines;
    const first = returnOf(order, 1);
    assert.equal((await rig.connector.createReturnOrder(first, POLICY, rig.store)).outcome, 'posted');
    const [one] = (await saleOf(rig, returnOf(order, 1, { returnId: 'HR-second' }))).lines;
    const wholeTax = Math.round((sold?.amountMinor ?? 0) * 0.2);
    assert.equal(one?.tax, wholeTax * 100);
    const [held] = rig.simulator.observer.returnOrders();
    assert.equal(one.creditedMinor, Math.round(-(held?.total ?? 0) * 100));
    assert.equal((await saleOf(rig, first)).lines[0]?.creditedMinor, 0);
  });

  it('a stopped order is locked', async () => {
    const rig = await d365Rig();
    const order = orderOfTwo(rig);
    await rig.connector.findSale(returnOf(order));
    rig.simulator.change('SalesOrderHeadersV4', (row) => row['SalesOrderNumber'] === order.salesOrderNumber, {
      IsSalesProcessingStopped: 'Yes',
    });
    assert.equal((await saleOf(rig, returnOf(order))).state, 'locked');
  });

  it('R41: tells a customer that is not there, and one on hold', async () => {
    const rig = await d365Rig();
    const lost = addOrder(rig.world, { state: 'no-customer' });
    assert.equal((await saleOf(rig, returnOf(lost))).customer.known, false);
    const order = orderOfTwo(rig);
    const hold = async (status: string): Promise<string | null> => {
      rig.simulator.change('CustomersV3', (row) => row['CustomerAccount'] === order.customer, {
        OnHoldStatus: status,
      });
      return (await saleOf(rig, returnOf(order))).customer.hold;
    };
    assert.equal(await hold('All'), 'on hold for All');
    assert.equal(await hold('Requisition'), null);
    assert.equal(await hold('No'), null);
  });

  it('R130: one that is not there, and several, are told; none is chosen', async () => {
    const rig = await d365Rig();
    const missing = addOrder(rig.world, { state: 'unknown-to-erp' });
    assert.deepEqual(await rig.connector.findSale(returnOf(missing)), {
      found: 'unknown',
      what: `order ${missing.number}`,
    });
    const [one, other] = rig.world.orders;
    assert.ok(one && other);
    await rig.connector.findSale(returnOf(one));
    rig.simulator.change('SalesOrderHeadersV4', (row) => row['CustomersOrderReference'] === other.number, {
      CustomersOrderReference: one.number,
    });
    assert.deepEqual(await rig.connector.findSale(returnOf(one)), {
      found: 'ambiguous',
      what: `sales order ${one.salesOrderNumber}, sales order ${other.salesOrderNumber}`,
    });
  });

  it('tells what is not invoiced and what is cancelled', async () => {
    const rig = await d365Rig();
    const open = addOrder(rig.world, { state: 'not-invoiced' });
    assert.equal((await saleOf(rig, returnOf(open))).state, 'not-invoiced');
    const taken = await d365Rig({}, { requireInvoice: false });
    assert.equal(
      (await saleOf(taken, returnOf(addOrder(taken.world, { state: 'not-invoiced' })))).state,
      'invoiced',
    );
    const order = orderOfTwo(rig);
    rig.simulator.change('SalesOrderHeadersV4', (row) => row['SalesOrderNumber'] === order.salesOrderNumber, {
      SalesOrderStatus: 'Canceled',
    });
    assert.equal((await saleOf(rig, returnOf(order))).state, 'cancelled');
  });

  it('is looked for by the part of the number that a pattern picks, and our own documents are still known', async () => {
    const rig = await d365Rig();
    const order = orderOfTwo(rig);
    const shown = returnOf(order, 1, { order: { number: `#${order.number}`, id: null } });
    assert.equal((await rig.connector.findSale(shown)).found, 'unknown');
    const answer = await rig.connector.findSale(shown, undefined, order.number);
    assert.equal(answer.found, 'sale');
  });
});
