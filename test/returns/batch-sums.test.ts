import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { BatchTotals, MemberLine } from '../../nodes/returns/batch';
import { decideJoin, type KnownMember } from '../../nodes/returns/batch-membership';
import { BatchTotalizer, memberValue } from '../../nodes/returns/batch-totals';
import { amountShare, priceOf } from '../../nodes/returns/exact-share';
import { event } from '../support/events';
import { memberLine, part } from '../support/batches';

const lineOf = (): fc.Arbitrary<MemberLine> =>
  fc.record({
    id: fc.constantFrom('1', '2', '3'),
    kind: fc.constantFrom('item', 'item', 'item', 'fee'),
    sku: fc.constantFrom('A', 'B', 'C'),
    quantity: fc.integer({ min: 1, max: 9_000_000 }).map((millionth) => millionth / 1e6),
    unit: fc.constantFrom('each', 'pair'),
    units: fc.constant([]),
    warehouse: fc.constantFrom('N', 'S', null),
    disposition: fc.constantFrom('restock', null),
    value: fc.option(fc.integer({ min: -1_000_000, max: 100_000_000 })),
    tax: fc.option(fc.integer({ min: 0, max: 100_000 })),
    taxCode: fc.constantFrom('T1', 'T2', null),
  });

const memberOf = fc.record({
  lines: fc.array(lineOf(), { minLength: 1, maxLength: 4 }),
  wholeValue: fc.option(fc.integer({ min: 0, max: 1_000_000 })),
});

/** Sums of several totals, figure by figure. */
function together(all: readonly BatchTotals[]): Record<string, number> {
  const sums: Record<string, number> = {};
  const add = (name: string, amount: number | null): void => {
    if (amount !== null) sums[name] = Math.round(((sums[name] ?? 0) + amount) * 1e6) / 1e6;
  };
  for (const { bySku, byTax, fees, overall } of all) {
    for (const one of bySku) {
      const key = [one.sku, one.warehouse, one.disposition, one.unit].join('/');
      for (const figure of ['quantity', 'value', 'lines', 'unvalued'] as const)
        add(`${key} ${figure}`, one[figure]);
    }
    for (const one of byTax) {
      for (const figure of ['value', 'tax', 'lines'] as const)
        add(`${one.code ?? 'not stated'} ${figure}`, one[figure]);
    }
    for (const one of fees) add(`${one.fee} ${one.lines}`, null);
    for (const { fee, quantity, value } of fees) {
      add(`fee ${fee} quantity`, quantity);
      add(`fee ${fee} value`, value);
    }
    for (const { unit, quantity } of overall.units) add(unit, quantity);
    for (const figure of ['members', 'lines', 'items', 'fees', 'notByLine', 'value', 'unvalued'] as const) {
      add(figure, overall[figure]);
    }
  }
  return sums;
}

describe('sums of batches are sums of members', () => {
  it('in any split and in any order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(memberOf, fc.integer({ min: 0, max: 4 }), fc.integer()), { maxLength: 30 }),
        (members) => {
          const whole = new BatchTotalizer('GBP');
          const parts = Array.from({ length: 5 }, () => new BatchTotalizer('GBP'));
          for (const [member] of members) whole.add(member);
          for (const [member, which] of [...members].sort(([, , a], [, , b]) => a - b))
            parts[which]?.add(member);
          const totals = whole.totals();
          assert.deepEqual(together(parts.map((one) => one.totals())), together([totals]));
          const value = members.reduce((sum, [member]) => sum + (memberValue(member) ?? 0), 0);
          assert.equal(totals.overall.value, value);
          const { items, bySku, byTax } = { ...totals, ...totals.overall };
          assert.equal(
            bySku.reduce((sum, one) => sum + (one.value ?? 0), 0),
            items,
          );
          assert.equal(
            byTax.reduce((sum, one) => sum + one.value, 0),
            items,
          );
        },
      ),
    );
  });

  it('are exact where sums of floating point are not', () => {
    const totals = new BatchTotalizer('GBP');
    for (let at = 0; at < 100_000; at += 1)
      totals.add({ lines: [memberLine({ quantity: 0.1 })], wholeValue: null });
    assert.deepEqual(totals.totals().overall.units, [{ unit: 'each', quantity: 10_000 }]);
    const huge = new BatchTotalizer('GBP');
    for (let at = 0; at < 3; at += 1) huge.add({ lines: [memberLine({ value: 2 ** 52 })], wholeValue: null });
    assert.throws(() => huge.totals(), { code: 'sum-too-large' });
  });

  it('a share and its rest are the whole', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e12, max: 1e12 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (minor, of, at) => {
          const cut = Math.round(of * at);
          assert.equal(amountShare(minor, 0, cut, of) + amountShare(minor, cut, of, of), minor);
        },
      ),
    );
    assert.deepEqual([priceOf(333, 1.5), priceOf(-333, 1.5), priceOf(1, 0.4)], [500, -500, 0]);
  });
});

describe('R137: a unit of a return is counted once', () => {
  const units = ['u1', 'u2', 'u3', 'u4'];
  const telling = fc.record({
    event: fc.constantFrom('E1', 'E2', 'E3', 'E4'),
    minute: fc.integer({ min: 0, max: 5 }),
    units: fc.subarray(units, { minLength: 1 }),
    sealed: fc.boolean(),
  });

  it('whatever is told again, later, in parts or out of order', () => {
    fc.assert(
      fc.property(fc.array(telling, { maxLength: 12 }), (tellings) => {
        let members: KnownMember[] = [];
        const told = new Set<string>();
        for (const [at, one] of tellings.entries()) {
          const time = `2026-02-20T10:0${one.minute}:00.000Z`;
          // The same event always tells the same.
          const same = tellings.find(({ event: id }) => id === one.event) ?? one;
          const line = memberLine({
            units: same.units,
            quantity: same.units.length,
            value: same.units.length * 100,
          });
          for (const unit of same.units) told.add(unit);
          const made = event({
            id: `event-${one.event}`,
            topic: 'return.accepted',
            occurredAt: time,
            receivedAt: time,
          });
          const decision = decideJoin(made, [part({ lines: [line] })], members, 'return');
          if (decision.kind === 'join') {
            members = members.filter((member) => !decision.replaces.includes(member));
            members.push({
              batchId: `b${at}`,
              place: 1,
              open: true,
              eventId: made.id,
              topic: made.topic,
              happenedAt: time,
              lines: decision.parts.flatMap(({ lines }) => lines),
              refused: [],
            });
          }
          if (one.sealed) members = members.map((member) => ({ ...member, open: false }));
        }
        const counted = members.flatMap(({ lines }) => (lines ?? []).flatMap((line) => [...line.units]));
        assert.deepEqual([...counted].sort(), [...told].sort());
        const value = members
          .flatMap(({ lines }) => lines ?? [])
          .reduce((sum, line) => sum + (line.value ?? 0), 0);
        assert.equal(value, told.size * 100);
      }),
    );
  });

  it('units that have no name are counted by line and quantity', () => {
    const known = (quantity: number): KnownMember => ({
      batchId: 'b',
      place: 1,
      open: false,
      eventId: 'before',
      topic: 'return.accepted',
      happenedAt: '2026-02-20T10:00:00.000Z',
      lines: [memberLine({ quantity })],
      refused: [],
    });
    const decide = (quantity: number, unitNames: string[] = [], rule: 'return' | 'event' = 'return') => {
      const line = memberLine({ quantity, units: unitNames, value: 1000, tax: 100 });
      const decision = decideJoin(event(), [part({ lines: [line], wholeValue: 7 })], [known(1)], rule);
      return decision.kind === 'join' ? decision.parts[0] : null;
    };
    assert.equal(decide(1), null);
    const grown = decide(3);
    assert.deepEqual(
      [grown?.lines[0]?.quantity, grown?.lines[0]?.value, grown?.lines[0]?.tax, grown?.wholeValue],
      [2, 667, 67, null],
    );
    assert.equal(decide(1, ['u1']), null);
    assert.equal(decide(1, [], 'event')?.lines[0]?.quantity, 1);
    const pruned = { ...known(1), lines: null };
    assert.equal(decideJoin(event(), [part()], [pruned], 'return').kind, 'repeat');
  });
});
