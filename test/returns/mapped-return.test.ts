import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { mappedReturn } from '../../nodes/returns/mapped-return';
import { Mappings, type MappingContent } from '../../nodes/returns/mappings';
import { quantity } from '../../nodes/returns/quantity';
import { event, line } from '../support/events';

const mappings = (own: MappingContent): Mappings =>
  new Mappings(own, null, (text) => createHash('sha256').update(text).digest('hex').slice(0, 12));

describe('a return with the ERP’s names', () => {
  it('R36: has the item of its row, and its own SKU without one; everything else stays', () => {
    const set = mappings({ sku: [{ by: 'sku', code: 'abc-1', item: 'ABC1' }] });
    const given = event({
      lines: [line({ id: 'a', sku: 'abc-1 ', replacementSku: 'abc-1' }), line({ id: 'b', sku: 'OTHER' })],
    });
    const { event: named, problem } = mappedReturn(given, set);
    assert.equal(problem, null);
    assert.deepEqual(
      named.lines.map(({ id, sku, replacementSku }) => [id, sku, replacementSku]),
      [
        ['a', 'ABC1', 'ABC1'],
        ['b', 'OTHER', given.lines[1]?.replacementSku],
      ],
    );
    assert.deepEqual({ ...named, lines: [] }, { ...given, lines: [] });
    assert.equal(mappedReturn(given, null).event, given);
  });

  it('R36: finds an item by its barcode where the platform tells no SKU', () => {
    const set = mappings({ sku: [{ by: 'upc', code: '5012345678900', item: 'ABC1' }] });
    const { event: named } = mappedReturn(event({ lines: [line({ sku: null, upc: '5012345678900' })] }), set);
    assert.equal(named.lines[0]?.sku, 'ABC1');
  });

  it('R45: a pack is counted in single pieces, and a unit without a row is left to the order', () => {
    const set = mappings({ unit: [{ item: '*', from: 'pack', to: 'each', factor: '6' }] });
    const lines = [line({ quantity: quantity(2, 'pack') }), line({ id: 'b', quantity: quantity(1, 'case') })];
    const { event: named, problem } = mappedReturn(event({ lines }), set);
    assert.equal(problem, null);
    assert.deepEqual(
      named.lines.map((one) => one.quantity),
      [quantity(12), quantity(1, 'case')],
    );
  });

  it('R46: what does not come out whole is told with both sides, and nothing is rounded', () => {
    const set = mappings({ unit: [{ item: '*', from: 'half', to: 'each', factor: '1/2' }] });
    const { event: named, problem } = mappedReturn(
      event({ lines: [line({ quantity: quantity(5, 'half') })] }),
      set,
    );
    assert.equal(problem?.code, 'uom-not-representable');
    assert.match(String(problem.lines[0]?.received), /5\/2 each/);
    assert.deepEqual(named.lines[0]?.quantity, quantity(5, 'half'));
  });
});
