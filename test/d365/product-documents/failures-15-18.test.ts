import assert from 'node:assert/strict';
import { unrefundedCredits, type UnrefundedCredit } from '../../../nodes/d365/unrefunded-credits';
import { returnKey, type ReturnEvent } from '../../../nodes/returns/event';
import { documentReference } from '../../../nodes/runtime/document-reference';
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
import { acceptedAs, bcRig, failureOf, outcomeOf, received, told } from '../../support/d365-product-rig';
import { intake } from '../../support/events';
import { dispositionRow, mappingsWith, reasonRows } from '../../support/posting-mappings';

onBoth(
  'C1 row 15 (Swap: return codes unmapped)',
  'a reason without a row costs no call, one that the ERP lacks no document',
  async (rig) => {
    const of = returnOf(rig.order());
    await rig.connector.ready();
    rig.calls();
    assert.equal(
      outcomeOf(await rig.announce(of, { reasons: new Map([['other', 'FIT']]) })),
      'reason-unmapped, data',
    );
    const table = mappingsWith({ reason: reasonRows({ other: 'FIT' }) });
    assert.equal(outcomeOf(await rig.announce(of, { mappings: table })), 'reason-unmapped, data');
    assert.deepEqual(rig.calls(), []);
    assert.equal(
      outcomeOf(await rig.announce(of, { reasons: new Map([['too-small', 'NOPE']]) })),
      'reason-unmapped, data',
    );
    const held = (): string[] =>
      isFscm(rig)
        ? rig.simulator.observer.returnOrders().map(({ reason }) => reason)
        : rig.simulator.observer.drafts().map(({ reason }) => reason);
    assert.deepEqual(held(), []);
    await announced(rig, of, { reasons: new Map([['too-small', 'FIT']]) });
    assert.deepEqual(held(), ['FIT']);
  },
);

onBoth(
  'C1 row 15 (Swap: return codes unmapped)',
  'a disposition without a row moves nothing; with its row the same event goes through once',
  async (rig, product) => {
    const order = rig.order();
    const of = returnOf(order);
    await announced(rig, of);
    const rows = (...names: string[]): ReturnType<typeof mappingsWith> =>
      mappingsWith({
        disposition: names.map((name) =>
          dispositionRow(name, product === 'fscm' ? 'CREDIT' : 'RESELL', { warehouse: 'MAIN' }),
        ),
      });
    const event = acceptedAs(of, 'refurbish');
    const before = rig.stock();
    rig.calls();
    const post = async (mappings: ReturnType<typeof mappingsWith>): Promise<string> => {
      const dispositions = new Map<string, never>();
      const come = await rig.receive(event, { when: 'return.accepted', mappings, dispositions });
      if (come.problem) return told(come.problem);
      const { problem } = await rig.credit(event, { mappings });
      return problem ? told(problem) : 'posted';
    };
    assert.equal(await post(rows('resellable')), 'disposition-unmapped, warehouse');
    assert.deepEqual([rig.writes(), rig.stock(), rig.credited()], [[], before, []]);
    assert.equal(await post(rows('resellable', 'refurbish')), 'posted');
    assert.equal(await post(rows('resellable', 'refurbish')), 'posted');
    assert.deepEqual(rig.credited(), [soldFor(order)]);
    assert.equal(rig.stock()['MAIN'], (before['MAIN'] ?? 0) + unitsOf(order));
  },
);

function unitsOf({ lines }: { lines: readonly { quantity: number }[] }): number {
  return lines.reduce((sum, { quantity }) => sum + quantity, 0);
}

onBoth(
  'C1 row 16 (Swap, ZigZag: warehouse codes differ)',
  'a place that the ERP lacks, or without a row, makes no document',
  async (rig, product) => {
    const order = rig.order();
    const of = returnOf(order);
    const kind = 'warehouse';
    const there = await rig.connector.existing?.(kind, ['RETQC', 'NOWHERE']);
    assert.deepEqual(there && [...there], ['RETQC']);
    rig.calls();
    assert.equal(outcomeOf(await rig.announce(of, { warehouse: 'NOWHERE' })), 'location-unknown, warehouse');
    const lines = of.lines.map((line) => ({ ...line, warehouse: 'hub-2' }));
    const mappings = mappingsWith({ location: [{ location: 'hub-1', warehouse: 'RETQC' }] });
    if (product === 'fscm') {
      const elsewhere = await rig.announce({ ...of, lines }, { mappings, placeFrom: 'line' });
      assert.equal(outcomeOf(elsewhere), 'location-unmapped, warehouse');
    }
    assert.deepEqual(
      isFscm(rig) ? rig.simulator.observer.returnOrders() : rig.simulator.observer.drafts(),
      [],
    );
    if (product === 'fscm') {
      // A row that names a warehouse that is not there is refused with the lines; the order is completed when it is right.
      const gone = mappingsWith({ location: [{ location: 'hub-2', warehouse: 'GONE' }] });
      const wrong = await rig.announce({ ...of, lines }, { mappings: gone, placeFrom: 'line' });
      assert.equal(outcomeOf(wrong), 'location-unknown, warehouse');
    }
    await announced(rig, of);
    const made = isFscm(rig) ? rig.simulator.observer.returnOrders() : rig.simulator.observer.drafts();
    assert.deepEqual(
      made.map(({ lines: rows }) => rows.length),
      [order.lines.length],
    );
  },
);

/** A draft of a sale whose goods were taxed at another rate than they are now. */
async function rateChanged(): Promise<{ rig: BcRig; of: ReturnEvent }> {
  const rig = await bcRig();
  const of = returnOf(rig.order());
  await rig.connector.findSale?.(of);
  rig.simulator.change('salesInvoiceLines', { lineType: 'Item' }, { taxPercent: 7 });
  await announced(rig, of);
  return { rig, of };
}

const TAXED = { percent: 20, byItemTaxGroup: {}, included: false, rounding: 'line' } as const;

onBoth(
  'C1 row 17 (ZigZag: tax mismatch)',
  'the tax of the credit is held against that of the sale; a difference is finance’s',
  async (rig) => {
    const order = rig.order();
    const of = returnOf(order);
    await announced(rig, of);
    const event = await arrived(rig, of);
    if (isFscm(rig)) {
      // The sale was taxed otherwise than the return is.
      rig.simulator.change('SalesInvoiceV4Lines', () => true, { LineTotalTaxAmount: 1.23 });
      const { made, problem } = await rig.credit(event);
      assert.equal(told(problem), 'amount-mismatch, finance');
      assert.match(problem?.what ?? '', /tax/);
      assert.deepEqual(made[0]?.amount?.minor, -(rig.credited()[0] ?? 0));
    } else {
      const taxed = await rateChanged();
      const { made, problem } = await taxed.rig.credit(acceptedAs(taxed.of, null));
      assert.equal(told(problem), 'amount-mismatch, finance');
      assert.match(problem?.what ?? '', /tax/);
      assert.equal(made[0]?.amount?.minor, -(taxed.rig.credited()[0] ?? 0));
      only(await rig.credit(event));
    }
    await rig.credit(event);
    assert.equal(rig.credited().length, 1);
  },
  { fscm: { tax: TAXED } },
);

async function openCredits(rig: FscmRig | BcRig): Promise<UnrefundedCredit[]> {
  const all: UnrefundedCredit[] = [];
  for await (const one of unrefundedCredits(rig.store)) all.push(one);
  return all;
}

onBoth(
  'C1 row 18 (orphaned records)',
  'each stage without its successor can be listed, and is gone when the successor is there',
  async (rig, product) => {
    const order = rig.order();
    const of = returnOf(order);
    await rig.store.accept(intake([{ event: of, returnKey: returnKey(of), exception: null }]));
    const inErp = async (): Promise<string[]> =>
      (await rig.connector.findPostings(documentReference(of))).map(
        ({ kind, status }) => `${kind} ${status ?? ''}`,
      );
    const inStore = async (): Promise<string[]> =>
      (await rig.store.documentsOf(returnKey(of))).map(({ kind }) => kind);
    // A return of the platform without a return order.
    assert.deepEqual([await inErp(), await inStore()], [[], []]);
    // A return order, or a draft, without goods.
    await announced(rig, of);
    assert.deepEqual(await inErp(), product === 'fscm' ? ['return-order Created'] : ['return-order Draft']);
    if (isFscm(rig)) {
      // In quarantine, or registered: no credit yet, and what is missing is told.
      assert.equal((await rig.receive(received(of))).problem, null);
      const waits = await failureOf(rig.credit(acceptedAs(of, 'resellable')));
      assert.deepEqual([told(waits), waits.class], ['goods-not-ready, warehouse', 'state-blocked']);
      for (const { lot } of rig.simulator.observer.quarantine())
        rig.simulator.operator.endQuarantine(lot, { disposition: 'CREDIT', warehouse: 'MAIN' });
      assert.deepEqual(await inErp(), ['return-order Open']);
    }
    assert.deepEqual(await openCredits(rig), []);
    const event = acceptedAs(of, product === 'fscm' ? 'resellable' : null);
    const credit = only(await rig.credit(event));
    // A credit without a refund.
    const open = await openCredits(rig);
    assert.deepEqual(
      open.map((one) => [one.credit, one.open.minor, one.orderNumber]),
      [[credit.number, soldFor(order), order.number]],
    );
    const refund = await rig.refund(event);
    if (product === 'fscm') {
      only(refund);
      assert.deepEqual(await openCredits(rig), []);
    } else {
      assert.equal(told(refund.problem), 'payment-method-unmapped, finance');
      assert.deepEqual(await inErp(), ['credit-note Open']);
    }
  },
);
