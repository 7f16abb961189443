import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  POLICIES,
  acceptedAs,
  bcRig,
  failureOf,
  fscmRig,
  outcomeOf,
  received,
  told,
} from '../../support/d365-product-rig';
import type { LedgerError } from '../../../nodes/returns/failure';
import { addOrder } from '../../../nodes/sandbox/world';
import { returnOf } from '../../support/bc-bench';
import {
  announced,
  arrived,
  isFscm,
  onBoth,
  only,
  soldFor,
  type BcRig,
  type FscmRig,
} from '../../support/d365-both-products';
import { dispositionRow, mappingsWith } from '../../support/posting-mappings';
import type { WorldOrder } from '../../../nodes/sandbox/world';

function unitsOf({ lines }: WorldOrder): number {
  return lines.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** The sale's own goods are out before anything is compared. */
async function imported(rig: FscmRig | BcRig, order: WorldOrder): Promise<void> {
  await rig.connector.findSale?.(returnOf(order));
}

onBoth(
  'C2 “delay between scan and arrival”',
  'the scan moves nothing, the arrival puts goods aside, the acceptance sells and credits them',
  async (rig, product) => {
    const order = rig.order();
    const of = returnOf(order);
    const units = unitsOf(order);
    await announced(rig, of);
    assert.deepEqual([rig.stock(), rig.credited()], [{}, []]);
    rig.calls();
    const come = received(of);
    assert.equal((await rig.receive(come)).problem, null);
    assert.deepEqual(
      rig.writes(),
      product === 'fscm'
        ? [
            'POST ItemArrivalJournalHeadersV2',
            ...order.lines.map(() => 'POST ItemArrivalJournalLinesV2'),
            'POST postArrivalJournal',
          ]
        : [],
    );
    assert.deepEqual(
      [rig.stock(), rig.credited()],
      [product === 'fscm' ? { 'RETQC quarantine': units } : {}, []],
    );
    if (isFscm(rig)) {
      const waits = await failureOf(rig.credit(acceptedAs(of, 'resellable')));
      assert.equal(told(waits), 'goods-not-ready, warehouse');
      for (const { lot } of rig.simulator.observer.quarantine())
        rig.simulator.operator.endQuarantine(lot, { disposition: 'CREDIT', warehouse: 'MAIN' });
    }
    only(await rig.credit(acceptedAs(of, product === 'fscm' ? 'resellable' : null)));
    assert.deepEqual(rig.stock(), product === 'fscm' ? { MAIN: units } : { RETQC: units });
    assert.deepEqual(rig.credited(), [soldFor(order)]);
  },
);

onBoth(
  'C2 “customer no longer in the system”',
  'no stand-in account is used; when the customer is there again the return goes through once',
  async (rig, product) => {
    const order = addOrder(rig.world, { state: 'no-customer' });
    const of = returnOf(order);
    assert.equal(outcomeOf(await rig.announce(of)), 'customer-unknown, customer service');
    assert.deepEqual(rig.writes(), []);
    order.state = 'invoiced';
    if (isFscm(rig)) rig.simulator.takeOver(order);
    else {
      const [lost] = rig.world.customers
        .map(({ account }) => account)
        .filter((account) => account === order.customer);
      const found = { externalDocumentNumber: order.number };
      assert.equal(rig.simulator.change('salesInvoices', found, { customerNumber: lost ?? '' }), 1);
    }
    await announced(rig, of);
    await announced(rig, of);
    const made = isFscm(rig) ? rig.simulator.observer.returnOrders() : rig.simulator.observer.drafts();
    assert.deepEqual(
      made.map(({ customer }) => customer),
      [order.customer],
    );
    assert.equal(
      rig
        .writes()
        .filter(
          (call) => call === (product === 'fscm' ? 'POST ReturnOrderHeadersV2' : 'POST salesCreditMemos'),
        ).length,
      1,
    );
  },
);

onBoth(
  'C2 “different rules per reason”',
  'goods of one return go where the decision for their line says; the reason stands on the header',
  async (rig, product) => {
    const order = rig.order(({ lines }) => lines.length === 2);
    await imported(rig, order);
    const base = returnOf(order);
    const [kept, broken] = base.lines;
    assert.ok(kept && broken);
    const lines = [
      { ...kept, reason: { code: 'changed-mind', text: null } },
      { ...broken, reason: { code: 'damaged', text: null } },
    ];
    const of = { ...base, lines };
    await announced(rig, of, {
      reasons: new Map([
        ['changed-mind', 'MIND'],
        ['damaged', 'DMG'],
      ]),
    });
    const header = isFscm(rig)
      ? rig.simulator.observer.returnOrders()[0]
      : rig.simulator.observer.drafts()[0];
    assert.equal(header?.reason, 'MIND');
    const decided = ['resellable', 'damaged'].map((word, at) => ({
      ...(lines[at] ?? kept),
      confirmedDisposition: word,
    }));
    const event = { ...acceptedAs(of, null), lines: decided };
    const mappings = mappingsWith({
      disposition: [
        dispositionRow('resellable', product === 'fscm' ? 'CREDIT' : 'RESELL', { warehouse: 'MAIN' }),
        dispositionRow('damaged', 'SCRAP', { warehouse: 'RETQC' }),
      ],
    });
    const come = await rig.receive(event, { when: 'return.accepted', mappings, dispositions: new Map() });
    assert.equal(come.problem, null, JSON.stringify(come.problem));
    only(await rig.credit(event, { mappings }));
    const [first = 0, second = 0] = order.lines.map(({ quantity }) => quantity);
    assert.deepEqual(
      rig.stock(),
      product === 'fscm' ? { MAIN: first, 'RETQC scrap': second } : { MAIN: first, RETQC: second },
    );
    assert.deepEqual(rig.credited(), [soldFor(order)]);
  },
);

onBoth(
  'C2 “source of truth”',
  'numbers and amounts are read back, and what a person has changed is not overwritten',
  async (rig) => {
    const order = rig.order();
    const of = returnOf(order);
    const document = await announced(rig, of);
    const held = isFscm(rig) ? rig.simulator.observer.returnOrders()[0] : rig.simulator.observer.drafts()[0];
    assert.equal(document.number, held?.number);
    const event = await arrived(rig, of);
    // A person gives the customer less for the first line.
    if (isFscm(rig))
      rig.simulator.change(
        'ReturnOrderLinesV2',
        (row) => row['ExternalItemNumber'] === order.lines[0]?.lineId,
        { LineAmount: -1 },
      );
    else
      rig.simulator.change(
        'salesCreditMemoLines',
        { lineObjectNumber: order.lines[0]?.sku ?? '' },
        { amountIncludingTax: 1 },
      );
    rig.calls();
    const outcome = await rig.credit(event);
    const writes = rig.writes();
    assert.ok(!writes.some((call) => /PATCH|DELETE/.test(call)), writes.join());
    if (isFscm(rig)) {
      // Posted as D365 has it, told with both figures.
      assert.equal(told(outcome.problem), 'amount-mismatch, finance');
      assert.equal(outcome.made[0]?.amount?.minor, -(rig.credited()[0] ?? 0));
      assert.notEqual(rig.credited()[0], soldFor(order));
    } else {
      assert.equal(told(outcome.problem), 'document-conflict, integration');
      assert.deepEqual([writes, rig.credited()], [[], []]);
    }
  },
);

it('C2 “correct valuation”, Finance & SCM: cost comes back with the sale only where the link may be written; else it is told', async () => {
  const linked = await fscmRig({ saleLotWritable: true }, { linkSale: true });
  const plain = await fscmRig();
  for (const [rig, words] of [
    [linked, 'that of the sale'],
    [plain, 'not told by Dynamics 365'],
  ] as const) {
    const of = returnOf(rig.order());
    await announced(rig, of);
    const credit = only(await rig.credit(await arrived(rig, of)));
    assert.equal(credit.references['cost'], words);
  }
});

it('C2 “correct valuation”, Business Central: another cost than that of the sale is told beside the credit', async () => {
  const rig = await bcRig();
  const order = rig.order();
  const of = returnOf(order);
  await announced(rig, of);
  const sku = order.lines[0]?.sku ?? '';
  rig.simulator.change('items', { number: sku }, { unitCost: 1.5 });
  const credit = only(await rig.credit(acceptedAs(of, null)));
  assert.match(credit.references['cost'] ?? '', new RegExp(`${sku} 1\\.50 \\(sold at `));
});

onBoth(
  'C2 “manual returns, automation on Receive”',
  'goods that nobody announced get their return order when they arrive, once',
  async (rig, product) => {
    const order = rig.order();
    const of = returnOf(order);
    const come = received(of);
    // Where the flow does not want that, they wait.
    const waits = await failureOf(rig.receive(come));
    assert.deepEqual(
      [waits.code, waits.class],
      [product === 'fscm' ? 'return-order-missing' : 'credit-missing', 'state-blocked'],
    );
    assert.deepEqual(rig.writes(), []);
    const unannounced = POLICIES.order;
    for (let times = 0; times < 2; times += 1)
      assert.equal((await rig.receive(come, { unannounced })).problem, null);
    const lines = order.lines.length;
    assert.deepEqual(
      rig.writes(),
      product === 'fscm'
        ? [
            'POST ReturnOrderHeadersV2',
            ...Array.from({ length: lines }, () => 'POST ReturnOrderLinesV2'),
            'POST ItemArrivalJournalHeadersV2',
            ...Array.from({ length: lines }, () => 'POST ItemArrivalJournalLinesV2'),
            'POST postArrivalJournal',
          ]
        : ['POST salesCreditMemos'],
    );
    if (isFscm(rig))
      for (const { lot } of rig.simulator.observer.quarantine())
        rig.simulator.operator.endQuarantine(lot, { disposition: 'CREDIT', warehouse: 'MAIN' });
    only(await rig.credit(acceptedAs(of, product === 'fscm' ? 'resellable' : null)));
    assert.deepEqual(rig.credited(), [soldFor(order)]);
  },
);

onBoth(
  'C2 “discontinued SKU”',
  'a blocked item holds the return; Sales Blocked alone does not in Business Central',
  async (rig) => {
    const order = rig.order();
    const of = returnOf(order);
    const sku = order.lines[0]?.sku ?? '';
    if (isFscm(rig)) {
      const item = rig.world.items.find((one) => one.state === 'discontinued');
      const gone = returnOf(addOrder(rig.world, { sku: item?.sku ?? '' }));
      assert.equal(outcomeOf(await rig.announce(gone)), 'sku-discontinued, data');
      assert.deepEqual(rig.simulator.observer.returnOrders(), []);
      assert.ok(item);
      item.state = 'active';
      rig.simulator.change('ReleasedProductsV2', (row) => row['ItemNumber'] === item.sku, {
        ProductLifecycleStateId: 'Active',
      });
      await announced(rig, gone);
    } else {
      rig.simulator.blockItem(sku, { blocked: true });
      // Told by a check before the draft, or by the refusal of it.
      const refused = await rig
        .announce(of)
        .then(outcomeOf, (thrown: unknown) => (thrown as LedgerError).code);
      assert.match(refused, /^(sku-blocked, data|d365-item-blocked)$/);
      assert.deepEqual(rig.simulator.observer.drafts(), []);
      rig.simulator.blockItem(sku, { blocked: false, salesBlocked: true });
      await announced(rig, of);
      only(await rig.credit(acceptedAs(of, null)));
    }
  },
);

onBoth(
  'C2 “batching of return journals”',
  'return orders are made together, and each arrival and credit stands for itself',
  async (rig, product) => {
    const orders = rig.world.orders.filter(({ state }) => state === 'invoiced').slice(0, 12);
    const events = orders.map((order) => returnOf(order));
    await rig.connector.ready();
    const before = rig.connector.calls;
    const made = await rig.connector.createReturnOrders(events, POLICIES.order, rig.store);
    assert.ok(made.every((one) => 'outcome' in one && one.outcome === 'posted'));
    if (product === 'fscm')
      assert.ok(rig.connector.calls - before <= 12, String(rig.connector.calls - before));
    for (const event of events) only(await rig.credit(await arrived(rig, event)));
    assert.deepEqual(rig.credited().sort(), orders.map(soldFor).sort());
    if (isFscm(rig)) assert.equal(rig.simulator.observer.arrivals().length, 12);
  },
);
