import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openCredits, unrefundedCredits, type UnrefundedCredit } from '../../nodes/d365/unrefunded-credits';
import type { PostedDocument, ReturnEvent } from '../../nodes/returns/event';
import { returnKey } from '../../nodes/returns/event';
import { money } from '../../nodes/returns/money';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { event, intake, NOW } from '../support/events';

function document(kind: string, number: string, minor: number, credit?: string): PostedDocument {
  return {
    system: 'd365',
    kind,
    number,
    id: null,
    references: { company: 'usrt', ...(credit === undefined ? {} : { credit }) },
    status: 'Posted',
    amount: money(minor, 'GBP'),
    postedAt: NOW,
  };
}

async function keep(store: ReturnsStore, of: ReturnEvent, documents: PostedDocument[]): Promise<void> {
  await store.accept(intake([{ event: of, returnKey: returnKey(of), exception: null }]));
  for (const one of documents) {
    const key = returnKey(of);
    const { kind, number } = one;
    const wanted = { connectionId: 'c', kind, key: `${key}#${number}`, returnKey: key, reference: 'r' };
    await store.completeIntent((await store.beginIntent(wanted, NOW)).intentId, one, NOW);
  }
}

async function found(
  store: ReturnsStore,
  filter?: Parameters<typeof unrefundedCredits>[1],
): Promise<UnrefundedCredit[]> {
  const all: UnrefundedCredit[] = [];
  for await (const one of unrefundedCredits(store, filter)) all.push(one);
  return all;
}

describe('R179: posted credits without a refund', () => {
  it('R179: five of twelve are found, with what is owed', async () => {
    const store = await openMemoryStore();
    for (let at = 1; at <= 12; at += 1) {
      const of = event({ returnId: `R${at}`, returnNumber: `R${at}` });
      const credit = document('credit-note', `CN-${at}`, -1000 - at);
      const refund = document('refund-journal', `J-${at}`, -1000 - at, `CN-${at}`);
      await keep(store, of, at <= 5 ? [credit] : [credit, refund]);
    }
    const open = await found(store);
    assert.deepEqual(
      open.map(({ returnNumber, credit, open: owed }) => [returnNumber, credit, owed.minor]).sort(),
      [1, 2, 3, 4, 5].map((at) => [`R${at}`, `CN-${at}`, 1000 + at]),
    );
    assert.deepEqual(await found(store, { company: 'other' }), []);
    assert.deepEqual(await found(store, { before: NOW }), []);
  });

  it('R17: what a person refunded outside is not among them', async () => {
    const store = await openMemoryStore();
    await keep(store, event({ returnId: 'R1' }), [document('credit-note', 'CN-1', -1000)]);
    const settled = Object.create(store) as ReturnsStore;
    settled.settledOutside = () =>
      Promise.resolve([{ code: 'refund-declined', raisedBy: 'n', resolution: 'cheque', at: NOW }]);
    assert.equal((await found(store)).length, 1);
    assert.deepEqual(await found(settled), []);
  });

  it('partial refunds and replacements are taken off, a refund of another credit is not', () => {
    const open = openCredits([
      document('credit-note', 'CN-1', -5000),
      document('credit-note', 'CN-2', -1000),
      document('refund-journal', 'J-1', -2000, 'CN-1'),
      document('exchange-order', 'SO-1', 3500),
      document('return-order', 'RO-1', -6000),
    ]);
    assert.deepEqual(
      open.map(({ credit, open: owed, covered }) => [credit, owed.minor, covered.minor]),
      [['CN-2', 500, 500]],
    );
  });
});
