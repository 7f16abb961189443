import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { byRank, rankOf, type RankFacts } from '../../nodes/returns/exception-rank';
import { valueOf } from '../../nodes/returns/exception-value';
import { quantity } from '../../nodes/returns/quantity';
import { event, line } from '../support/events';

const NOW = '2026-02-20T10:00:00.000Z';
const FACTS: RankFacts = { code: 'sku-blocked', owner: 'data', value: null, firstAt: NOW, group: 1 };
const score = (change: Partial<RankFacts>, now = NOW): number => rankOf({ ...FACTS, ...change }, now).score;

describe('R143: exceptions are ordered by what they cost', () => {
  it('value, age, promise, period end and group each count, and the parts make the sum', () => {
    const rank = rankOf(
      {
        code: 'amount-mismatch',
        owner: 'customer service',
        value: { minor: 99_900, currency: 'GBP' },
        firstAt: '2026-02-26T12:00:00.000Z',
        group: 80,
      },
      '2026-02-28T12:00:00.000Z',
    );
    assert.deepEqual(rank.parts, { value: 30, age: 6, promise: 20, period: 15, group: 20, credit: 0 });
    assert.equal(rank.score, 91);
  });

  it('nothing known is nothing', () => assert.equal(score({}), 0));

  it('each part grows and has an end', () => {
    const value = (minor: number): number => score({ value: { minor, currency: 'GBP' } });
    assert.ok(value(1_000_000) > value(10_000));
    assert.equal(value(1e14), 40);
    assert.equal(score({ value: { minor: 999, currency: 'JPY' } }), 30);
    assert.equal(score({ firstAt: '2026-01-01T00:00:00.000Z' }), 25);
    assert.equal(score({ firstAt: '2027-01-01T00:00:00.000Z' }), 0);
    assert.equal(score({ group: 1_000_000 }), 20);
  });

  it('the month’s end counts for money only, in its last three days', () => {
    const at = (day: string): number =>
      rankOf({ ...FACTS, owner: 'finance' }, `2026-02-${day}T12:00:00.000Z`).parts.period;
    assert.deepEqual([at('25'), at('26'), at('27'), at('28')], [0, 5, 10, 15]);
    assert.equal(rankOf(FACTS, '2026-02-28T12:00:00.000Z').parts.period, 0);
  });

  it('R151: a refused credit comes before everything else', () => {
    const most = score({ owner: 'customer service', value: { minor: 1e12, currency: 'GBP' }, group: 9999 });
    assert.ok(score({ code: 'credit-line-refused' }) > most);
  });

  it('equal scores are ordered by age, then by id', () => {
    const rank = rankOf(FACTS, NOW);
    const list = [
      { id: 'b', firstAt: NOW, rank },
      { id: 'a', firstAt: NOW, rank },
      { id: 'c', firstAt: '2026-02-20T09:59:00.000Z', rank },
    ];
    assert.deepEqual(
      list.sort(byRank).map(({ id }) => id),
      ['c', 'a', 'b'],
    );
  });
});

describe('the value of a return that is held', () => {
  const price = { minor: 1250, currency: 'GBP' };
  const posted = (minor: number, currency: string): Parameters<typeof valueOf>[1][number] => ({
    system: 'erp',
    kind: 'credit',
    number: String(minor),
    id: null,
    references: {},
    status: null,
    amount: { minor, currency },
    postedAt: NOW,
  });

  it('is the largest of its documents, which are about the same goods', () => {
    const documents = [posted(-2500, 'GBP'), posted(2400, 'GBP')];
    assert.deepEqual(valueOf(event({ lines: [line({ price })] }), documents), {
      minor: 2500,
      currency: 'GBP',
    });
    assert.equal(valueOf(null, [posted(1, 'GBP'), posted(1, 'EUR')]), null);
  });

  it('is else the price of its goods, where each has one and in one currency', () => {
    const two = line({ price, quantity: quantity(2) });
    assert.deepEqual(valueOf(event({ lines: [two, line({ price })] }), []), { minor: 3750, currency: 'GBP' });
    assert.deepEqual(valueOf(event({ lines: [two, line({ kind: 'fee' })] }), []), {
      minor: 2500,
      currency: 'GBP',
    });
    assert.equal(valueOf(event({ lines: [two, line()] }), []), null);
    assert.equal(valueOf(event({ lines: [two, line({ price: { minor: 1, currency: 'EUR' } })] }), []), null);
    assert.equal(valueOf(null, []), null);
  });
});
