import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../scripts/node-red-process';
import { editReturn } from '../../nodes/returns/exception-edit';
import { event, line } from '../support/events';

type Amount = { minor: number; currency: string } | null;
interface Field {
  name: string;
  value: unknown;
  number: boolean;
}
interface Entry {
  at: string;
  who: string;
  action: string;
  note: string | null;
}
interface Words {
  folded: (entries: Entry[]) => (Entry & { times: number })[];
  moneyText: (money: Amount, locale: string) => string;
  moneyTexts: (sums: Amount[] | null, locale: string) => string;
  span: (ms: number) => { key: string; n: number };
  sight: (
    top: number,
    height: number,
    row: number,
    total: number,
    extra?: number,
  ) => { first: number; last: number };
  pagesOf: (first: number, last: number, size: number) => number[];
  changesOf: (
    fields: { name: string; was: unknown; is: string; number?: boolean }[],
  ) => Record<string, unknown>;
  editableFields: (
    event: object,
    about?: { lineId: string | null }[],
  ) => { head: Field[]; lines: { number: number; named: boolean; fields: Field[] }[] };
}

const words = (): Promise<Words> =>
  import(pathToFileURL(join(ROOT, 'resources', 'sidebar', 'words.mjs')).href) as Promise<Words>;

describe('texts and sums of the sidebar', () => {
  it('an amount has the decimals of its currency', async () => {
    const { moneyText, moneyTexts } = await words();
    assert.equal(moneyText({ minor: 123_456, currency: 'GBP' }, 'en-GB'), '£1,234.56');
    assert.equal(moneyText({ minor: 500, currency: 'JPY' }, 'en-GB'), 'JP¥500');
    assert.match(moneyText({ minor: 1234, currency: 'KWD' }, 'en-GB'), /1\.234/);
    assert.equal(moneyText(null, 'en-GB'), '');
    const two = [
      { minor: 100, currency: 'GBP' },
      { minor: 200, currency: 'EUR' },
    ];
    assert.equal(moneyTexts(two, 'en-GB'), '£1.00 + €2.00');
  });

  it('a time is told in its largest unit', async () => {
    const { span } = await words();
    assert.deepEqual(span(59_000), { key: 'now', n: 0 });
    assert.deepEqual(span(61_000), { key: 'minutes', n: 1 });
    assert.deepEqual(span(-47 * 3_600_000), { key: 'hours', n: 47 });
    assert.deepEqual(span(49 * 3_600_000), { key: 'days', n: 2 });
  });

  it('of 10,000 rows only those in sight are drawn, and only their pages fetched', async () => {
    const { sight, pagesOf } = await words();
    assert.deepEqual(sight(0, 300, 60, 10_000, 2), { first: 0, last: 7 });
    assert.deepEqual(sight(600_000, 300, 60, 10_000, 2), { first: 9998, last: 10_000 });
    assert.deepEqual(sight(0, 300, 60, 0), { first: 0, last: 0 });
    assert.deepEqual(pagesOf(95, 105, 100), [0, 1]);
    assert.deepEqual(pagesOf(0, 0, 100), []);
  });

  it('only what was changed is sent, and an emptied field is taken away', async () => {
    const { changesOf } = await words();
    const changes = changesOf([
      { name: 'a', was: 'x', is: ' x ' },
      { name: 'b', was: null, is: '' },
      { name: 'c', was: 'x', is: '' },
      { name: 'd', was: 1, is: '2.5', number: true },
      { name: 'e', was: null, is: 'new' },
    ]);
    assert.deepEqual(changes, { c: null, d: 2.5, e: 'new' });
  });

  it('what is raised again with the same words is told once, with how often', async () => {
    const { folded } = await words();
    const entry = (at: string, action: string, note: string | null = null): Entry => ({
      at,
      who: 'flow',
      action,
      note,
    });
    const told = folded([
      entry('1', 'raised', 'A'),
      entry('2', 'raised again', 'A'),
      entry('3', 'raised again', 'A'),
      entry('4', 'note', 'asked'),
      entry('5', 'raised again', 'A'),
      entry('6', 'raised again', 'B'),
    ]);
    assert.deepEqual(
      told.map(({ at, action, note, times }) => [at, action, note, times]),
      [
        ['1', 'raised', 'A', 1],
        ['3', 'raised again', null, 2],
        ['4', 'note', 'asked', 1],
        ['5', 'raised again', null, 1],
        ['6', 'raised again', 'B', 1],
      ],
    );
  });

  it('every field of the form is one that can be corrected, and the lines of the evidence come first', async () => {
    const { editableFields } = await words();
    const replaced = line({
      id: '2',
      replacementSku: 'NEW',
      upc: '500',
      condition: 'worn',
      outcome: 'exchange',
    });
    const returned = event({ lines: [line({ id: '1' }), replaced] });
    const { head, lines } = editableFields(returned, [{ lineId: '2' }]);
    assert.deepEqual(
      lines.map(({ number, named }) => [number, named]),
      [
        [1, false],
        [2, true],
      ],
    );
    const fields = [...head, ...lines.flatMap((one) => one.fields)];
    assert.ok(fields.length > 12);
    for (const { name, number } of fields) {
      assert.equal(editReturn(returned, { [name]: number ? 3 : 'OTHER' }).changed.length, 1, name);
    }
  });
});
