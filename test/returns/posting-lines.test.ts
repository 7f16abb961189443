import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bundleOnOrder, withComponents } from '../../nodes/returns/bundle-on-order';
import { mappedReturn } from '../../nodes/returns/mapped-return';
import { grownSince, postedLines } from '../../nodes/returns/posting-checks';
import { asTold, itemNamesOf, pairedLines, unitUnmapped } from '../../nodes/returns/posting-lines';
import { quantity } from '../../nodes/returns/quantity';
import { reasonCodes } from '../../nodes/returns/reason-codes';
import { event, line } from '../support/events';
import { bundleRows, mappingsWith, reasonRows, skuRow } from '../support/posting-mappings';

const SET = mappingsWith({ bundle: bundleRows('SET', { A: 1, B: 2 }), sku: [skuRow('set-red', 'SET')] });

describe('R48: what a line is on an order', () => {
  const on =
    (...skus: string[]) =>
    (sku: string): boolean =>
      skus.includes(sku);

  it('is itself where it is there, else all its components, else a part of what is there', () => {
    assert.deepEqual(bundleOnOrder('SET', SET, on('SET', 'A', 'B')), { wants: [{ sku: 'SET', each: 1 }] });
    assert.deepEqual(bundleOnOrder('SET', SET, on('A', 'B')), {
      wants: [
        { sku: 'A', each: 1 },
        { sku: 'B', each: 2 },
      ],
    });
    assert.deepEqual(bundleOnOrder('B', SET, on('SET')), { partOf: 'SET' });
    assert.equal(bundleOnOrder('SET', SET, on('A')), null);
    assert.equal(bundleOnOrder('C', SET, on('SET')), null);
    assert.equal(bundleOnOrder('SET', null, on('A', 'B')), null);
  });

  it('the names that goods may have are those of the platform, of the ERP and of the components', () => {
    assert.deepEqual(withComponents(['SET', 'X'], SET), ['SET', 'A', 'B', 'X']);
    const of = event({ lines: [line({ sku: 'set-red' }), line({ sku: null })] });
    assert.deepEqual(itemNamesOf(of, SET), ['set-red', 'SET', 'A', 'B']);
    assert.deepEqual(itemNamesOf(of, null), ['set-red']);
  });
});

describe('the lines of a document', () => {
  it('R45: count units of the return, whatever pieces their rows hold', () => {
    const own = line({ id: '1', quantity: quantity(2) });
    const rows = [
      { line: own, quantity: 2, units: 2 },
      { line: own, quantity: 4, units: 0 },
      { line: line({ id: '2' }), quantity: 3 },
    ];
    assert.equal(postedLines(rows), '1×2 2×3');
    const document = {
      system: 's',
      kind: 'k',
      number: '1',
      id: null,
      references: { lines: '1×2' },
      status: null,
      amount: null,
      postedAt: '2026-02-20T10:00:00.000Z',
    };
    assert.equal(grownSince(event({ lines: [own] }), document, 'credit'), null);
    const more = event({ lines: [{ ...own, quantity: quantity(3) }] });
    assert.equal(grownSince(more, document, 'credit')?.code, 'return-grown');
  });
});

describe('a return in two forms', () => {
  const mappings = mappingsWith({
    sku: [skuRow('abc-1', 'ABC1'), skuRow('new-1', 'NEW1')],
    unit: [{ item: 'ABC1', from: 'pack', to: 'each', factor: '6' }],
  });
  const of = event({
    lines: [
      line({ id: '1', sku: 'abc-1', quantity: quantity(2, 'pack'), replacementSku: 'new-1' }),
      line({ id: 'fee', kind: 'fee', sku: 'FEE' }),
      line({ id: '2', sku: 'as-is', quantity: quantity(1, 'crate') }),
    ],
  });
  const { event: mapped } = mappedReturn(of, mappings);

  it('pairs each line of goods with itself', () => {
    assert.deepEqual(
      pairedLines(of, mapped).map(({ told, known }) => [
        told.sku,
        told.quantity.value,
        known.sku,
        known.quantity.value,
      ]),
      [
        ['abc-1', 2, 'ABC1', 12],
        ['as-is', 1, 'as-is', 1],
      ],
    );
  });

  it('a problem names the platform’s SKUs, and keeps what the ERP calls them as what was looked for', () => {
    const problem = {
      code: 'line-not-on-order' as const,
      what: '12 × ABC1',
      lines: [
        { lineId: '1', sku: 'ABC1', received: 'ABC1' },
        { lineId: '1', sku: 'NEW1' },
        { lineId: '1', sku: 'OTHER' },
        { field: 'net' },
      ],
    };
    assert.deepEqual(
      asTold(problem, of, mapped).lines.map(({ sku, received }) => [sku, received]),
      [
        ['abc-1', 'ABC1'],
        ['new-1', undefined],
        ['OTHER', undefined],
        [undefined, undefined],
      ],
    );
    assert.equal(asTold(problem, of, of), problem);
  });

  it('R46: a unit that is no single piece and has no row is told, where mappings are used', () => {
    const [, , crate] = mapped.lines;
    assert.ok(crate);
    assert.equal(unitUnmapped(crate, mappings)?.lines[0]?.received, '1 crate');
    assert.equal(unitUnmapped(crate, null), null);
    assert.equal(unitUnmapped(line(), mappings), null);
  });
});

describe('R60: the reasons of a posting node', () => {
  const mappings = mappingsWith({ reason: reasonRows({ wet: 'W', small: 'S' }) });

  it('are those of its own table, or of the mappings where that is empty; nothing is made up', () => {
    const own = reasonCodes(new Map([['wet', 'OWN']]), mappings);
    assert.deepEqual([own.size, own.get('wet'), own.has('small')], [1, 'OWN', false]);
    const shared = reasonCodes(new Map(), mappings);
    assert.deepEqual(
      [shared.size, shared.get('wet'), shared.get(' small '), shared.has('x')],
      [2, 'W', 'S', false],
    );
    assert.equal(shared.has(''), false);
    assert.equal(reasonCodes(new Map(), null).size, 0);
  });
});
