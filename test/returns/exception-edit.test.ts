import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { editReturn, inWords } from '../../nodes/returns/exception-edit';
import { event } from '../support/events';

describe('R141: a held return is corrected in named fields only', () => {
  it('gives the corrected return and what was changed, and leaves the old one as it was', () => {
    const before = event();
    const { event: after, changed } = editReturn(before, {
      'order.number': 'AC-9',
      'lines[0].sku': 'B',
      'lines[0].quantity.value': 2,
      'lines[0].reason.code': 'too-small',
    });
    assert.deepEqual(
      [after.order.number, after.lines[0]?.sku, after.lines[0]?.quantity.value],
      ['AC-9', 'B', 2],
    );
    assert.equal(before.order.number, 'AC-50211');
    assert.deepEqual(changed.map(inWords), [
      'order.number: "AC-50211" → "AC-9"',
      'lines[0].sku: "RUN-42-BLU" → "B"',
      'lines[0].quantity.value: 1 → 2',
    ]);
  });

  it('refuses with a sentence what is no such field, no such line, or no such value', () => {
    const refusals: [Record<string, unknown>, RegExp][] = [
      [{ customerToken: 'p_1' }, /^customerToken cannot be changed/],
      [{ 'lines[0].price': 1 }, /^lines\[0\]\.price cannot be changed/],
      [{ '__proto__.x': 1 }, /cannot be changed/],
      [{ 'lines[0].__proto__.x': 1 }, /cannot be changed/],
      [{ 'lines[7].sku': 'B' }, /^There is no lines\[7\]\.sku: the return has 1 lines/],
      [{ 'lines[0].quantity.value': 'two' }, /^lines\.0\.quantity\.value does not fit/],
      [{ 'order.number': '' }, /^order\.number does not fit/],
      [{}, /^Nothing is to be changed/],
    ];
    for (const [changes, message] of refusals) {
      assert.throws(() => editReturn(event(), changes), { code: 'edit-refused', message });
    }
  });
});
