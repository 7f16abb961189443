import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { D365Sandbox, infolog } from '../support/d365-sandbox';

describe('D1.6, A4, A7: arrivals at the simulated Finance & SCM', () => {
  let erp: D365Sandbox;

  beforeEach(async () => {
    erp = await D365Sandbox.open({ quarantineWarehouse: 'QUAR' });
  });

  it('D1.3: journal numbers are generated, and those of the caller ignored', async () => {
    const held = await erp.returnOrder();
    const body = { ...erp.arrivalHeader(held), JournalNumber: 'MINE' };
    const [a, b] = [
      await erp.created('ItemArrivalJournalHeadersV2', body),
      await erp.created('ItemArrivalJournalHeadersV2', body),
    ];
    assert.match(String(a['JournalNumber']), /^ARJ-\d{6}$/);
    assert.notEqual(a['JournalNumber'], b['JournalNumber']);
    assert.equal(a['IsPosted'], 'No');
  });

  it('A7: a posted arrival registers the lot, opens the order and puts the goods in stock', async () => {
    const held = await erp.returnOrder();
    assert.deepEqual(erp.statuses(held.number), ['Created', 'Awaiting']);
    const journal = await erp.arrival(held);
    assert.deepEqual(erp.statuses(held.number), ['Created', 'Awaiting']);
    const { success, number } = await erp.service('postArrivalJournal', { JournalNumber: journal });
    assert.deepEqual([success, number], [true, journal]);
    assert.deepEqual(erp.statuses(held.number), ['Open', 'Registered']);
    const stock = erp.simulator.observer.stock().filter(({ warehouse }) => warehouse === 'RETQC');
    assert.deepEqual(stock, [
      { item: erp.sku, warehouse: 'RETQC', location: '', place: 'sellable', quantity: 2 },
    ]);
    const [row] = await erp.rows('ItemArrivalJournalHeadersV2');
    assert.deepEqual([row?.['IsPosted'], row?.['PostedDateTime']], ['Yes', '2026-03-28T12:00:00.000Z']);
  });

  it('D1.7: nothing is posted over OData', async () => {
    const held = await erp.returnOrder();
    const journal = await erp.arrival(held);
    const key = `/data/ItemArrivalJournalHeadersV2(dataAreaId='usrt',JournalNumber='${journal}')`;
    assert.match(infolog(await erp.call('PATCH', key, { IsPosted: 'Yes' })), /'IsPosted' does not allow/);
    assert.match(
      await erp.refused('ItemArrivalJournalHeadersV2', { ...erp.arrivalHeader(held), IsPosted: 'Yes' }),
      /does not allow/,
    );
    const action = `${key}/Microsoft.Dynamics.DataEntities.post`;
    assert.equal((await erp.call('POST', action, {})).status, 404);
    assert.deepEqual(erp.statuses(held.number), ['Created', 'Awaiting']);
  });

  it('D1.6: an unknown lot, or one that is not expected, is refused', async () => {
    const held = await erp.returnOrder();
    const journal = await erp.arrival(held, []);
    const line = (change: Record<string, unknown>): Promise<string> =>
      erp.refused('ItemArrivalJournalLinesV2', erp.arrivalLine(held, journal, change));
    assert.match(await line({ ReferenceInventoryLotId: 'L-NOPE' }), /L-NOPE.*not found in the related table/);
    assert.match(await line({ ReferenceInventoryLotId: '' }), /'Lot ID' must be filled in/);
    await erp.receive(held);
    assert.match(await line({}), /is not expected: Registered/);
  });

  it('A4: the two numbers of a return order are not interchangeable', async () => {
    const held = await erp.returnOrder();
    const journal = await erp.arrival(held, []);
    const swapped = erp.arrivalLine(held, journal, {
      TransactionReferenceNumber: held.rma,
      ReturnItemNumber: held.number,
    });
    assert.match(await erp.refused('ItemArrivalJournalLinesV2', swapped), /not found in the related table/);
  });

  it('A7: required fields, relations, quantities and keys of an arrival', async () => {
    const held = await erp.returnOrder();
    const header = (change: Record<string, unknown>): Promise<string> =>
      erp.refused('ItemArrivalJournalHeadersV2', erp.arrivalHeader(held, change));
    assert.match(await header({ JournalNameId: '' }), /'Name' must be filled in/);
    assert.match(await header({ JournalNameId: 'NOPE' }), /NOPE/);
    assert.match(await header({ DefaultReceivingWarehouseId: 'NOPE' }), /NOPE/);
    assert.match(await header({ DefaultReceivingWarehouseLocationId: 'NOPE' }), /NOPE/);
    const journal = await erp.arrival(held, [{ LineNumber: 1, ItemQuantity: 1 }]);
    const line = (change: Record<string, unknown>): Promise<string> =>
      erp.refused(
        'ItemArrivalJournalLinesV2',
        erp.arrivalLine(held, journal, { ItemQuantity: 1, ...change }),
      );
    assert.match(await line({ LineNumber: 1 }), /The record already exists/);
    assert.match(await line({ ItemQuantity: -1 }), /must be positive/);
    assert.match(await line({ ItemQuantity: 2 }), /More arrives/);
    assert.match(await line({ ReturnDispositionCodeId: 'NOPE' }), /NOPE/);
    assert.match(await line({ ReturnDispositionCodeId: 'CREDONLY' }), /credit-only/);
    assert.match(await line({ ItemNumber: erp.world.items[1]?.sku }), /another item/);
    assert.match(await line({ JournalNumber: 'ARJ-9' }), /ARJ-9/);
  });

  it('A15: an arrival of a stopped item, or of an order that is stopped, is refused', async () => {
    const held = await erp.returnOrder();
    const journal = await erp.arrival(held, []);
    const line = erp.arrivalLine(held, journal);
    erp.simulator.change('ProductDefaultOrderSettings', (row) => row['ItemNumber'] === erp.sku, {
      IsSalesProcessingStopped: 'Yes',
    });
    assert.match(await erp.refused('ItemArrivalJournalLinesV2', line), /is blocked for 'Returned order'/);
    erp.simulator.change('ProductDefaultOrderSettings', (row) => row['ItemNumber'] === erp.sku, {
      IsSalesProcessingStopped: 'No',
    });
    erp.simulator.operator.stopOrder(held.number);
    assert.match(await erp.refused('ItemArrivalJournalLinesV2', line), /SalesTable/);
    erp.simulator.operator.resumeOrder(held.number);
    await erp.created('ItemArrivalJournalLinesV2', line);
    erp.simulator.operator.stopOrder(held.number);
    const posted = await erp.service('postArrivalJournal', { JournalNumber: journal });
    assert.deepEqual([posted.success, erp.statuses(held.number)], [false, ['Created', 'Awaiting']]);
  });

  it('D3: a warehouse with advanced warehouse management takes no arrival journals, unless so set', async () => {
    for (const wmsRefusesArrivalJournals of [true, false]) {
      const own = await D365Sandbox.open({ wmsRefusesArrivalJournals });
      own.simulator.change('Warehouses', (row) => row['WarehouseId'] === 'RETQC', {
        AreAdvancedWarehouseManagementProcessesEnabled: 'Yes',
      });
      const held = await own.returnOrder();
      const journal = await own.arrival(held, []);
      const answer = await own.post('ItemArrivalJournalLinesV2', own.arrivalLine(held, journal));
      assert.equal(answer.status, wmsRefusesArrivalJournals ? 400 : 201);
    }
  });

  it('D1.6: a partial arrival splits the line: a new lot with the remainder is still expected', async () => {
    const held = await erp.returnOrder([{ ReturnSalesQuantity: -3, SalesPrice: 9.99, LineAmount: -29.98 }]);
    const journal = await erp.arrival(held, [{ ItemQuantity: 2 }]);
    await erp.service('postArrivalJournal', { JournalNumber: journal });
    const [order] = erp.simulator.observer.returnOrders();
    const [kept, rest] = order?.lines ?? [];
    assert.deepEqual([kept?.lot, kept?.status, kept?.quantity], [held.lots[0], 'Registered', -2]);
    assert.notEqual(rest?.lot, kept?.lot);
    assert.deepEqual([rest?.status, rest?.quantity], ['Awaiting', -1]);
    assert.equal(Math.round(((kept?.amount ?? 0) + (rest?.amount ?? 0)) * 100), -2998);
    assert.equal(order?.total, -29.98);
  });

  it('A4: one lot may arrive in parts with dispositions of their own, in one journal', async () => {
    const held = await erp.returnOrder([{ ReturnSalesQuantity: -3 }]);
    const lot = held.lots[0];
    const part = (code: string): Record<string, unknown> => ({
      ReferenceInventoryLotId: lot,
      ItemQuantity: 1,
      ReturnDispositionCodeId: code,
    });
    const journal = await erp.arrival(held, [part('CREDIT'), part('SCRAP')]);
    const posted = await erp.service('postArrivalJournal', { JournalNumber: journal });
    assert.equal(posted.success, true, posted.messages);
    const lines = erp.simulator.observer.returnOrders()[0]?.lines ?? [];
    assert.deepEqual(
      lines.map(({ quantity, status, disposition }) => [quantity, status, disposition]).sort(),
      [
        [-1, 'Awaiting', ''],
        [-1, 'Registered', 'CREDIT'],
        [-1, 'Registered', 'SCRAP'],
      ],
    );
  });

  it('A4: goods in quarantine carry no disposition, are not available, and are registered by an operator', async () => {
    const held = await erp.returnOrder();
    const flag = { IsQuarantineOrderCreatedForReceivedItem: 'Yes' };
    const journal = await erp.arrival(held, [], flag);
    const line = erp.arrivalLine(held, journal);
    assert.match(await erp.refused('ItemArrivalJournalLinesV2', line), /goes to quarantine/);
    await erp.created('ItemArrivalJournalLinesV2', { ...line, ReturnDispositionCodeId: '' });
    await erp.service('postArrivalJournal', { JournalNumber: journal });
    assert.deepEqual(erp.statuses(held.number), ['Open', 'Quarantine']);
    const onHand = async (warehouse: string): Promise<unknown[]> =>
      (
        await erp.rows(
          'WarehousesOnHandV2',
          `ItemNumber eq '${erp.sku}' and InventoryWarehouseId eq '${warehouse}'`,
        )
      ).map((row) => [row['OnHandQuantity'], row['AvailableOnHandQuantity']]);
    assert.deepEqual(await onHand('QUAR'), [[2, 0]]);
    const slip = await erp.service('postReturnPackingSlip', {
      ReturnOrderNumber: held.number,
      Lots: held.lots,
    });
    assert.match(slip.messages, /is in quarantine/);
    erp.simulator.operator.endQuarantine(held.lots[0] ?? '', { disposition: 'CREDIT', warehouse: 'MAIN' });
    assert.deepEqual(erp.statuses(held.number), ['Open', 'Registered']);
    assert.deepEqual([await onHand('QUAR'), await onHand('MAIN')], [[[0, 0]], [[52, 52]]]);
    assert.deepEqual(
      erp.simulator.observer.quarantine().map(({ ended }) => ended),
      [true],
    );
  });

  it('A4: without a quarantine warehouse the goods are blocked where they arrived', async () => {
    erp = await D365Sandbox.open();
    const held = await erp.returnOrder();
    const flag = { IsQuarantineOrderCreatedForReceivedItem: 'Yes' };
    const journal = await erp.arrival(held, [{ ReturnDispositionCodeId: '' }], flag);
    await erp.service('postArrivalJournal', { JournalNumber: journal });
    const [row] = await erp.rows('WarehousesOnHandV2', "InventoryWarehouseId eq 'RETQC'");
    assert.deepEqual([row?.['OnHandQuantity'], row?.['AvailableOnHandQuantity']], [2, 0]);
    assert.deepEqual(
      erp.simulator.observer.stock().filter(({ place }) => place === 'quarantine'),
      [{ item: erp.sku, warehouse: 'RETQC', location: '', place: 'quarantine', quantity: 2 }],
    );
  });

  it('A7: a journal is posted once, never without lines, and not changed afterwards', async () => {
    const held = await erp.returnOrder();
    const empty = await erp.arrival(held, []);
    assert.match((await erp.service('postArrivalJournal', { JournalNumber: empty })).messages, /no lines/);
    assert.match((await erp.service('postArrivalJournal', { JournalNumber: 'ARJ-9' })).messages, /not exist/);
    const journal = await erp.arrival(held);
    await erp.service('postArrivalJournal', { JournalNumber: journal });
    const again = await erp.service('postArrivalJournal', { JournalNumber: journal });
    assert.match(again.messages, /already been posted/);
    const key = `/data/ItemArrivalJournalLinesV2(dataAreaId='usrt',JournalNumber='${journal}',LineNumber=1)`;
    assert.match(infolog(await erp.call('PATCH', key, { ItemQuantity: 1 })), /has been posted/);
    assert.equal(erp.simulator.observer.stock().find((one) => one.warehouse === 'RETQC')?.quantity, 2);
  });

  it('A4: what must not raise an error: a passed deadline, a reference that is there already', async () => {
    const held = await erp.returnOrder([{}], { ReturnDeadline: '2026-01-01T12:00:00Z' });
    const twin = await erp.returnOrder();
    assert.notEqual(held.number, twin.number);
    await erp.receive(held);
    assert.deepEqual(erp.statuses(held.number), ['Open', 'Registered']);
  });
});
