import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MemberFacts } from '../../nodes/returns/batch';
import { checkAtClosing } from '../../nodes/returns/batch-check';
import { valuedLines } from '../../nodes/returns/batch-lines';
import { groupKey, groupMatches, partsOf, type GroupingFacts } from '../../nodes/returns/batch-parts';
import { releasedEvent } from '../../nodes/returns/batch-release';
import type { PostedDocument } from '../../nodes/returns/event';
import { quantity } from '../../nodes/returns/quantity';
import { memberLine } from '../support/batches';
import { event, line, NOW } from '../support/events';

const gbp = (minor: number): { minor: number; currency: string } => ({ minor, currency: 'GBP' });

function document(change: Partial<PostedDocument>): PostedDocument {
  return {
    system: 'erp',
    kind: 'sales-credit',
    number: '1',
    id: null,
    references: {},
    status: null,
    amount: null,
    postedAt: NOW,
    ...change,
  };
}

describe('what a line is worth', () => {
  const values = (
    lines: ReturnType<typeof line>[],
    documents: PostedDocument[],
    first: 'price' | 'documents',
  ) =>
    valuedLines(event({ lines }), documents, first).lines.map(({ line: of, currency }) => [
      of.value,
      currency,
    ]);

  it('is price × quantity, to the penny, or what its document says', () => {
    const lines = [
      line({ id: 'a', price: gbp(333), quantity: quantity(1.5) }),
      line({ id: 'b', quantity: quantity(2) }),
      line({ id: 'c' }),
    ];
    const credit = document({ references: { amounts: 'a×700 b×250' }, amount: gbp(-950) });
    assert.deepEqual(values(lines, [credit], 'price'), [
      [500, 'GBP'],
      [250, 'GBP'],
      [null, null],
    ]);
    assert.deepEqual(values(lines, [credit], 'documents'), [
      [700, 'GBP'],
      [250, 'GBP'],
      [null, null],
    ]);
    assert.deepEqual(values(lines, [], 'documents'), [
      [500, 'GBP'],
      [null, null],
      [null, null],
    ]);
  });

  it('is told by the newest document that tells lines; a line id may hold anything', () => {
    const documents = [
      document({ references: { amounts: 'a×1' }, amount: gbp(-1) }),
      document({ references: { amounts: 'x×y×42 broken×' }, amount: gbp(-42) }),
      document({ kind: 'goods-in' }),
    ];
    assert.deepEqual(values([line({ id: 'x×y' })], documents, 'price'), [[42, 'GBP']]);
  });

  it('is not known of lines where only the whole is known', () => {
    const valued = valuedLines(event({ lines: [line()] }), [document({ amount: gbp(-1999) })], 'price');
    assert.deepEqual([valued.lines[0]?.line.value, valued.whole], [null, gbp(1999)]);
    const priced = valuedLines(
      event({ lines: [line({ price: gbp(5) })] }),
      [document({ amount: gbp(-9) })],
      'price',
    );
    assert.equal(priced.whole, null);
  });

  it('a fee is positive, and exchanged goods are none of it', () => {
    const lines = [
      line({ id: 'f', kind: 'fee', sku: null, description: 'Label' }),
      line({ kind: 'exchange' }),
    ];
    const credit = document({ references: { amounts: 'f×-395' }, amount: gbp(-100) });
    const [only, ...more] = valuedLines(event({ lines }), [credit], 'price').lines;
    assert.deepEqual([only?.line.value, only?.line.sku, more], [395, 'Label', []]);
  });

  it('tax has the code of its document, or none', () => {
    const lines = [
      line({ id: 'a', price: gbp(100), tax: gbp(20) }),
      line({ id: 'b', price: gbp(100), tax: gbp(20) }),
    ];
    const taxed = valuedLines(
      event({ lines }),
      [document({ references: { taxes: 'b×T1×17' } })],
      'price',
    ).lines;
    assert.deepEqual(
      taxed.map(({ line: of }) => [of.tax, of.taxCode]),
      [
        [20, null],
        [17, 'T1'],
      ],
    );
  });
});

describe('the parts of a return', () => {
  const facts: GroupingFacts = {
    company: null,
    brand: 'acme',
    day: '2026-03-30',
    expression: null,
    periods: { kind: 'month' },
  };
  const none = { brand: false, warehouse: false, postingDate: false, company: false, currency: false };
  const parted = (lines: ReturnType<typeof line>[], rules = {}, more = {}) =>
    partsOf(valuedLines(event({ lines }), [], 'price'), { ...facts, ...more }, { ...none, ...rules });

  it('never mix currencies, whatever is chosen; what has none goes with the others', () => {
    const lines = [line({ id: '1', price: gbp(1) }), line({ id: '2' })];
    const found = parted(lines);
    assert.ok('parts' in found);
    assert.deepEqual(
      found.parts.map(({ group, lines: of }) => [group.currency, group.period, of.length]),
      [['GBP', '2026-03-31', 2]],
    );
    const mixed = parted([...lines, line({ id: '3', price: { minor: 1, currency: 'EUR' } })]);
    assert.ok('parts' in mixed);
    assert.deepEqual(
      mixed.parts.map(({ group }) => group.currency),
      ['GBP', null, 'EUR'],
    );
  });

  it('are lines of one warehouse; a fee goes with the first goods', () => {
    const lines = [
      line({ id: 'f', kind: 'fee', price: gbp(1) }),
      line({ id: '1', warehouse: 'N', price: gbp(1) }),
      line({ id: '2', warehouse: 'S', price: gbp(1) }),
    ];
    const found = parted(lines, { warehouse: true, brand: true, postingDate: true }, { expression: 'x' });
    assert.ok('parts' in found);
    assert.deepEqual(
      found.parts.map(({ group, lines: of }) => [group.warehouse, of.map(({ id }) => id).join()]),
      [
        ['N', '1,f'],
        ['S', '2'],
      ],
    );
    assert.deepEqual(found.parts[0]?.group, {
      company: null,
      currency: 'GBP',
      period: '2026-03-31',
      brand: 'acme',
      warehouse: 'N',
      postingDate: '2026-03-30',
      expression: 'x',
    });
  });

  it('fall into no default group: what must be known and is not is a problem', () => {
    for (const [rules, what] of [
      [{ warehouse: true }, 'the warehouse of a line is not known'],
      [{ company: true }, 'its company is not known'],
      [{ currency: true }, 'its currency is not known'],
    ] as const) {
      const found = parted([line({ id: '7' })], rules);
      assert.ok('problem' in found);
      assert.deepEqual([found.problem.code, found.problem.what], ['batch-group-failed', what]);
      assert.equal(found.problem.lines[0]?.lineId, '7');
    }
  });

  it('have a key that does not depend on the order of the values', () => {
    const [a, b] = [
      { company: null, currency: 'GBP', period: null, brand: 'x' },
      { brand: 'x', period: null, currency: 'GBP', company: null },
    ];
    assert.equal(groupKey(a), groupKey(b));
    assert.ok(groupMatches(a, { brand: 'x', currency: 'GBP' }) && !groupMatches(a, { brand: 'y' }));
  });
});

describe('a member at closing', () => {
  const rules = { requireValue: false, closedUntil: null, closedPeriod: 'park' } as const;
  const facts: Pick<MemberFacts, 'lines' | 'wholeValue'> = { lines: [memberLine()], wholeValue: null };

  it('is good, withdrawn or invalid', () => {
    const check = (of: typeof facts | null, stage: 'rejected' | 'accepted' | null, more = {}) =>
      checkAtClosing(of, '2026-03-30', stage, { ...rules, ...more });
    assert.deepEqual(check(facts, null), { kind: 'good' });
    assert.deepEqual(check(facts, 'rejected'), { kind: 'withdrawn' });
    assert.equal(check(null, 'accepted').kind, 'invalid');
    const closed = check(facts, 'accepted', { closedUntil: '2026-03-31' });
    assert.ok(closed.kind === 'invalid' && closed.problem.code === 'period-closed');
    assert.deepEqual(check(facts, null, { closedUntil: '2026-03-31', closedPeriod: 'defer' }), {
      kind: 'good',
    });
    const whole = { lines: [memberLine({ value: null })], wholeValue: 5 };
    assert.deepEqual(check(whole, null, { requireValue: true }), { kind: 'good' });
  });
});

describe('a member that is sent by itself', () => {
  const whole = event({
    lines: [
      line({ id: '1', quantity: quantity(2), unitIds: ['u1', 'u2'] }),
      line({ id: '2' }),
      line({ id: 'x', kind: 'exchange' }),
    ],
  });
  const member = (id: string, units: string[], count: number) => memberLine({ id, units, quantity: count });

  it('is its event, where it stands for all of it', () => {
    assert.equal(releasedEvent(whole, [member('1', ['u1', 'u2'], 2), member('2', [], 1)], 'm'), whole);
  });

  it('has its own goods only, where others stand for the rest', () => {
    const first = releasedEvent(whole, [member('1', ['u2'], 1)], 'b.1');
    assert.deepEqual(
      [first.id, first.lines.map(({ id, quantity: { value }, unitIds }) => [id, value, unitIds])],
      [
        `${whole.id}~b.1`,
        [
          ['1', 1, ['u2']],
          ['x', 1, []],
        ],
      ],
    );
    const second = releasedEvent(whole, [member('2', [], 1)], 'b.2');
    assert.deepEqual(
      second.lines.map(({ id }) => id),
      ['2'],
    );
  });
});
