import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReturnEvent } from '../../../nodes/returns/event';
import { addOrder, createWorld, type World, type WorldOrder } from '../../../nodes/sandbox/world';
import { returnOf } from '../../support/bc-bench';
import {
  BC_DRAFT,
  BC_DRAFT_CHECKS,
  FSCM_ORDER_CHECKS,
  fscmReturnOrder,
} from '../../support/d365-call-sequences';
import {
  acceptedAs,
  bcRig,
  failureOf,
  fscmRig,
  outcomeOf,
  received,
  told,
  type ProductRig,
} from '../../support/d365-product-rig';
import { dispositionRow, mappingsWith, skuRow } from '../../support/posting-mappings';

type AnyRig = ProductRig<never> | ProductRig;

/** A shop with an order of one item in a state of its own. */
function shopWith(sku: string): { world: World; sold: WorldOrder } {
  const world = createWorld({ seed: 3, orders: 60 });
  return { world, sold: addOrder(world, { sku, quantity: 2 }) };
}

/** The same return under a name that the ERP does not know. */
function renamed(of: ReturnEvent, sku: string): ReturnEvent {
  return { ...of, lines: of.lines.map((line) => ({ ...line, sku, orderLineId: null })) };
}

const writesIn = (calls: readonly string[]): string[] => calls.filter((call) => !call.startsWith('GET '));

/** Row 6 is the same for both products: nothing is guessed, and the event goes through once its SKU has a row. */
async function skuMismatch(rig: AnyRig, checks: readonly string[], all: readonly string[]): Promise<void> {
  const sold = rig.order(({ lines }) => lines.length === 1);
  const own = sold.lines[0]?.sku ?? '';
  const of = renamed(returnOf(sold), 'SHOP-ONLY-9');
  assert.match(
    outcomeOf(await rig.announce(of)),
    /^(sku-unknown, data|line-not-on-order, customer service)$/,
  );
  const calls = rig.calls();
  assert.deepEqual(calls, checks.slice(0, calls.length));
  assert.equal((await rig.connector.findItems(['SHOP-ONLY-9'])).get('SHOP-ONLY-9')?.state, 'unknown');
  rig.calls();
  const mappings = mappingsWith({ sku: [skuRow('SHOP-ONLY-9', own)] });
  assert.equal(outcomeOf(await rig.announce(of, { mappings })), 'posted');
  assert.deepEqual(rig.calls(), all);
  assert.equal(outcomeOf(await rig.announce(of, { mappings })), 'posted');
  assert.deepEqual(rig.writes(), []);
}

describe('C1 row 6 (Swap: a SKU mismatch stops the return order)', () => {
  it('C1 row 6, Finance & SCM: an unknown SKU is told before any write, and posted once it has a row', async () => {
    const rig = await fscmRig();
    await skuMismatch(rig, FSCM_ORDER_CHECKS, fscmReturnOrder(1));
    assert.equal(rig.simulator.observer.returnOrders().length, 1);
  });

  it('C1 row 6, Business Central: an unknown SKU is told before any write, and posted once it has a row', async () => {
    const rig = await bcRig();
    await skuMismatch(rig, BC_DRAFT_CHECKS, BC_DRAFT);
    assert.equal(rig.simulator.observer.drafts().length, 1);
  });

  it('C1 row 6, Business Central: the barcode is the second key', async () => {
    const rig = await bcRig();
    const [item] = rig.world.items;
    assert.ok(item);
    const found = (await rig.connector.findItems([item.upc])).get(item.upc);
    assert.deepEqual([found?.state, found?.itemNumber], ['active', item.sku]);
    assert.deepEqual(rig.calls(), ['GET items', 'GET items']);
  });
});

/** The ERP has lost an item that it once invoiced. */
describe('C1 row 6 (Swap: the item of the sale is not there any more)', () => {
  it('C1 row 6, Business Central: it is told before any write, and posted once it is there again', async () => {
    const { world, sold } = shopWith('STOP-42-RED');
    const rig = await bcRig({ world });
    rig.simulator.blockItem('STOP-42-RED', { blocked: false });
    const of = returnOf(sold);
    rig.simulator.change('items', { number: 'STOP-42-RED' }, { number: 'RENAMED-42' });
    assert.equal(outcomeOf(await rig.announce(of)), 'sku-unknown, data');
    assert.deepEqual(rig.calls(), BC_DRAFT_CHECKS);
    rig.simulator.change('items', { number: 'RENAMED-42' }, { number: 'STOP-42-RED' });
    assert.equal(outcomeOf(await rig.announce(of)), 'posted');
    assert.equal(rig.simulator.observer.drafts().length, 1);
  });
});

describe('C1 row 8 (ZigZag: the SKU is inactive or discontinued)', () => {
  it('C1 row 8, Finance & SCM: a stopped item is told before any write; unblocked, the same event makes the same lines, once', async () => {
    const { world, sold } = shopWith('STOP-42-RED');
    const rig = await fscmRig({ world });
    const of = returnOf(sold);
    assert.equal(outcomeOf(await rig.announce(of)), 'sku-blocked, data');
    assert.deepEqual(rig.calls(), FSCM_ORDER_CHECKS);
    rig.simulator.change('ProductDefaultOrderSettings', ({ ItemNumber }) => ItemNumber === 'STOP-42-RED', {
      IsSalesProcessingStopped: 'No',
      IsInventoryProcessingStopped: 'No',
    });
    assert.equal(outcomeOf(await rig.announce(of)), 'posted');
    assert.deepEqual(rig.calls(), fscmReturnOrder(1));
    assert.equal(outcomeOf(await rig.announce(of)), 'posted');
    assert.deepEqual(rig.writes(), []);
    const [order, more] = rig.simulator.observer.returnOrders();
    assert.deepEqual(
      [order?.lines.map(({ external }) => external), more],
      [[sold.lines[0]?.lineId], undefined],
    );
  });

  it('C1 row 8, Finance & SCM: a life-cycle state that refuses sales is told likewise', async () => {
    const { world, sold } = shopWith('OLD-40-GRY');
    const rig = await fscmRig({ world });
    const of = returnOf(sold);
    assert.equal(outcomeOf(await rig.announce(of)), 'sku-discontinued, data');
    assert.deepEqual(writesIn(rig.calls()), []);
    rig.simulator.change('ReleasedProductsV2', ({ ItemNumber }) => ItemNumber === 'OLD-40-GRY', {
      ProductLifecycleStateId: 'Active',
    });
    assert.equal(outcomeOf(await rig.announce(of)), 'posted');
    assert.equal(rig.simulator.observer.returnOrders().length, 1);
  });

  it('C1 row 8, Finance & SCM: an item that is stopped before its goods arrive is told by name, and received once it is free', async () => {
    const rig = await fscmRig();
    const sold = rig.order();
    const of = returnOf(sold);
    await rig.announce(of);
    const stop = (is: string): void =>
      rig.simulator.change(
        'ProductDefaultOrderSettings',
        ({ ItemNumber }) => ItemNumber === sold.lines[0]?.sku,
        {
          IsInventoryProcessingStopped: is,
          IsSalesProcessingStopped: is,
        },
      );
    stop('Yes');
    const [settled] = await Promise.allSettled([rig.receive(received(of))]);
    const heard = settled.status === 'rejected' ? (settled.reason as never) : settled.value.problem;
    assert.equal(told(heard), 'sku-blocked, data');
    assert.deepEqual(rig.stock(), {});
    stop('No');
    assert.equal((await rig.inTheEnd(() => rig.receive(received(of)))).problem, null);
    assert.equal(rig.simulator.observer.arrivals().filter(({ posted }) => posted).length, 1);
    const units = sold.lines.reduce((sum, { quantity }) => sum + quantity, 0);
    assert.deepEqual(Object.values(rig.stock()), [units]);
  });

  it('C1 row 8, Business Central: a blocked item is told before any write; unblocked, the same event makes one draft', async () => {
    const { world, sold } = shopWith('STOP-42-RED');
    const rig = await bcRig({ world });
    const of = returnOf(sold);
    assert.equal(outcomeOf(await rig.announce(of)), 'sku-blocked, data');
    assert.deepEqual(rig.calls(), BC_DRAFT_CHECKS);
    assert.deepEqual(rig.simulator.observer.drafts(), []);
    rig.simulator.blockItem('STOP-42-RED', { blocked: false });
    assert.equal(outcomeOf(await rig.announce(of)), 'posted');
    assert.deepEqual(rig.calls(), BC_DRAFT);
    assert.equal(outcomeOf(await rig.announce(of)), 'posted');
    assert.deepEqual(rig.calls(), []);
    assert.equal(rig.simulator.observer.drafts().length, 1);
  });

  it('C1 row 8, Business Central: an item that is only Sales Blocked comes back as any other', async () => {
    const { world, sold } = shopWith('OLD-40-GRY');
    const rig = await bcRig({ world });
    const of = returnOf(sold);
    assert.equal(outcomeOf(await rig.announce(of)), 'posted');
    assert.equal((await rig.credit(acceptedAs(of, null))).problem, null);
    assert.deepEqual(rig.stock(), { RETQC: 2 });
  });

  it('C1 row 8, Business Central: an item that is blocked before its credit keeps the draft, and is credited once it is free', async () => {
    const rig = await bcRig();
    const sold = rig.order();
    const of = returnOf(sold);
    await rig.announce(of);
    const sku = sold.lines[0]?.sku ?? '';
    rig.simulator.blockItem(sku, { blocked: true });
    assert.equal(told(await failureOf(rig.credit(acceptedAs(of, null)))), 'sku-blocked, data');
    assert.deepEqual([rig.credited(), rig.simulator.observer.drafts().length], [[], 1]);
    rig.simulator.blockItem(sku, { blocked: false });
    assert.equal((await rig.credit(acceptedAs(of, null))).problem, null);
    assert.equal(rig.credited().length, 1);
  });
});

describe('C1 row 9 (ZigZag: wrong valuation by the mapping of dispositions)', () => {
  const ROWS = mappingsWith({
    disposition: [
      dispositionRow('Resellable', 'CREDIT', { warehouse: 'MAIN', location: 'BULK' }),
      dispositionRow('Damaged', 'SCRAP', { warehouse: 'RETQC' }),
      dispositionRow('Of yesterday', 'GONE', { warehouse: 'MAIN' }),
      dispositionRow('Far away', 'CREDIT', { warehouse: 'NOWHERE' }),
    ],
  });

  it('C1 row 9, Finance & SCM: a disposition without a row, or with a code that is not there, is the warehouse’s before any write', async () => {
    const rig = await fscmRig();
    const sold = rig.order();
    const of = returnOf(sold);
    await rig.announce(of);
    rig.calls();
    const policy = { when: 'return.accepted', mappings: ROWS, dispositions: new Map() } as const;
    const unmapped = await rig.receive(acceptedAs(of, 'Shredded'), policy);
    assert.equal(told(unmapped.problem), 'disposition-unmapped, warehouse');
    assert.deepEqual(rig.calls(), []);
    const unfit = await rig.receive(acceptedAs(of, 'Of yesterday'), policy);
    assert.equal(told(unfit.problem), 'disposition-unfit, warehouse');
    assert.deepEqual(rig.calls(), ['GET Warehouses', 'GET ReturnDispositionCodes']);
    assert.deepEqual([rig.simulator.observer.arrivals(), rig.stock()], [[], {}]);
    // With its row the same event goes through, once: sold again from MAIN, scrapped where it is.
    const [first, ...others] = acceptedAs(of, 'Resellable').lines;
    assert.ok(first);
    const ok = {
      ...acceptedAs(of, 'Damaged'),
      lines: [{ ...first, confirmedDisposition: 'Damaged' }, ...others],
    };
    assert.equal((await rig.receive(ok, policy)).problem, null);
    assert.equal((await rig.credit(ok, { mappings: ROWS })).problem, null);
    rig.calls();
    await rig.receive(ok, policy);
    assert.deepEqual(rig.writes(), []);
    const scrapped = sold.lines[0]?.quantity ?? 0;
    const units = sold.lines.reduce((sum, { quantity }) => sum + quantity, 0);
    assert.deepEqual(rig.stock(), { MAIN: units - scrapped, 'RETQC scrap': scrapped });
  });

  it('C1 row 9, Finance & SCM: the mappings are checked against disposition codes and warehouses', async () => {
    const rig = await fscmRig();
    const check = async (kind: 'disposition' | 'warehouse', values: string[]): Promise<string[]> => [
      ...((await rig.connector.existing?.(kind, values)) ?? []),
    ];
    assert.deepEqual(await check('disposition', ['CREDIT', 'SCRAP', 'GONE']), ['CREDIT', 'SCRAP']);
    assert.deepEqual(await check('warehouse', ['MAIN', 'NOWHERE']), ['MAIN']);
    assert.deepEqual(rig.calls(), ['GET ReturnDispositionCodes', 'GET Warehouses']);
  });

  it('C1 row 9, Business Central: a disposition without a row, or with a location that is not there, parks the credit', async () => {
    const rig = await bcRig();
    const sold = rig.order();
    const of = returnOf(sold);
    await rig.announce(of);
    rig.calls();
    const unmapped = await rig.credit(acceptedAs(of, 'Shredded'), { mappings: ROWS });
    assert.equal(told(unmapped.problem), 'disposition-unmapped, warehouse');
    assert.deepEqual(rig.calls(), []);
    const nowhere = await rig.credit(acceptedAs(of, 'Far away'), { mappings: ROWS });
    assert.equal(told(nowhere.problem), 'location-unknown, warehouse');
    assert.deepEqual(rig.calls(), ['GET locations']);
    assert.deepEqual([rig.credited(), rig.stock()], [[], {}]);
    const ok = acceptedAs(of, 'Resellable');
    assert.equal((await rig.credit(ok, { mappings: ROWS })).problem, null);
    await rig.credit(ok, { mappings: ROWS });
    const units = sold.lines.reduce((sum, { quantity }) => sum + quantity, 0);
    assert.deepEqual([rig.credited().length, rig.stock()], [1, { MAIN: units }]);
  });

  it('C1 row 9, Business Central: the mappings are checked against locations', async () => {
    const rig = await bcRig();
    const found = await rig.connector.existing?.('warehouse', ['MAIN', 'NOWHERE']);
    assert.deepEqual([...(found ?? [])], ['MAIN']);
    assert.deepEqual(rig.calls(), ['GET locations']);
  });
});
