import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { divideEvent, linesToWait } from '../../nodes/returns/division';
import { returnEventSchema, returnKey } from '../../nodes/returns/event';
import type { Finding } from '../../nodes/returns/finding';
import { event, line } from '../support/events';

const wrong = (lineId?: string): Finding => ({
  code: 'sku-unknown',
  what: 'X',
  line: lineId === undefined ? {} : { lineId },
});

describe('lines that may wait while the others go on', () => {
  const both = event({ lines: [line({ id: 'a' }), line({ id: 'b' })] });

  it('are those in which something is wrong', () => {
    assert.deepEqual(linesToWait(both, [wrong('b'), wrong('b')]), ['b']);
    assert.deepEqual(linesToWait(both, []), []);
  });

  it('are none where the return must stay whole', () => {
    const [a, b] = both.lines;
    assert.ok(a && b);
    assert.deepEqual(linesToWait(both, [wrong('b'), wrong()]), [], 'something about the return itself');
    assert.deepEqual(linesToWait(both, [wrong('a'), wrong('b')]), [], 'nothing would go on');
    assert.deepEqual(linesToWait({ ...both, lines: [a, { ...b, kind: 'fee' }] }, [wrong('b')]), [], 'a fee');
    assert.deepEqual(
      linesToWait({ ...both, lines: [a, { ...b, kind: 'fee' }] }, [wrong('a')]),
      [],
      'only a fee left',
    );
    const exchange = { ...both, lines: [a, b, line({ id: 'c', kind: 'exchange' })] };
    assert.deepEqual(linesToWait(exchange, [wrong('b')]), [], 'an exchange');
    assert.deepEqual(linesToWait({ ...both, part: 2 }, [wrong('b')]), [], 'a part');
  });
});

describe('an event of a divided return', () => {
  it('R21: every line is in one part of it, once, and the parts have keys of their own', () => {
    const parts = fc.array(fc.constantFrom(1, 2, undefined), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(parts, (drawn) => {
        const lines = drawn.map((_, at) => line({ id: `l${at}` }));
        const known = new Map(
          drawn.flatMap((part, at) => (part === undefined ? [] : [[`l${at}`, part] as const])),
        );
        const whole = event({ lines });
        const { first, waiting } = divideEvent(whole, known);
        const ids = [first, waiting].flatMap((one) => one?.lines.map(({ id }) => id) ?? []);
        assert.deepEqual(ids.sort(), lines.map(({ id }) => id).sort());
        assert.equal(waiting !== null, drawn.includes(2));
        if (waiting === null) {
          assert.equal(first, whole);
          return;
        }
        assert.deepEqual(returnEventSchema.parse(waiting), waiting);
        assert.notEqual(returnKey(waiting), returnKey(whole));
        assert.notEqual(waiting.id, whole.id);
        if (first) assert.deepEqual([first.id, returnKey(first)], [whole.id, returnKey(whole)]);
      }),
    );
  });
});
