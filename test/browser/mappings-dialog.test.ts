import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { ROOT } from '../../scripts/node-red-process';
import { Rehearsal } from '../support/rehearsal';
import { Editor } from './editor';

const PICTURES = join(ROOT, '.cache', 'screenshots');
mkdirSync(PICTURES, { recursive: true });

const STORE = 'store00000000001';
const BASE = 'mappingsbase0001';
const BRAND = 'mappingsbrand001';
const BIG = 'mappingsbig00001';
const TYPE = 'returns-mappings';

/** Stands for a node that looks codes up: two returns with a reason that has no row. */
const SEEING_NODE = `module.exports = (RED) => {
  const { livingBehaviour } = require(${JSON.stringify(join(ROOT, 'dist/nodes/runtime/define-node.js'))});
  RED.nodes.registerType('seeing', function (config) {
    RED.nodes.createNode(this, config);
    const code = { table: 'reason', keys: { reason: 'Wet ' }, brand: 'acme' };
    livingBehaviour('${BRAND}', '${TYPE}').saw([code, code]);
  });
};`;

const FLOWS = [
  { id: 'tab0000000000001', type: 'tab', label: 'Mappings' },
  { id: 'seeing0000000001', type: 'seeing', z: 'tab0000000000001', x: 100, y: 100, wires: [] },
  { id: STORE, type: 'returns-store', name: 'Returns store', driver: 'sqlite', file: 'mappings' },
  {
    id: BASE,
    type: TYPE,
    name: 'All brands',
    store: STORE,
    base: '',
    tables: { reason: [{ reason: 'wet', erpReason: 'W', disposition: '' }] },
  },
  { id: BRAND, type: TYPE, name: 'Acme', store: STORE, base: BASE, tables: {} },
  {
    id: BIG,
    type: TYPE,
    name: 'Many SKUs',
    store: STORE,
    base: '',
    tables: {
      sku: Array.from({ length: 5000 }, (_, at) => ({
        by: 'sku',
        code: `SKU-${at}`,
        item: `ITEM-${at % 900}`,
      })),
    },
  },
];

describe('Return Mappings in the editor', () => {
  let rehearsal: Rehearsal;
  let editor: Editor;
  let page: Page;
  before(async () => {
    rehearsal = await Rehearsal.start(FLOWS, {
      nodeFiles: {
        'seeing.js': SEEING_NODE,
        'seeing.html': `<script type="text/javascript">RED.nodes.registerType('seeing', { category: 'function', defaults: {}, inputs: 0, outputs: 0, label: 'seeing' })</script><script type="text/html" data-template-name="seeing"></script>`,
      },
    });
    editor = await Editor.open(rehearsal.nodeRed);
    ({ page } = editor);
  });
  after(async () => {
    await editor.close();
    await rehearsal.end();
  });

  const within = (selector: string): Locator => page.locator(`#node-config-returns-mappings ${selector}`);
  const act = (name: string): Locator => within(`[data-act="${name}"]:visible`);
  const rows = (): Locator => within('.rl-row');
  /** Waits until these rows are in the page: they are drawn a moment after what changed them. */
  const shows = (expected: readonly string[], most = Infinity): Promise<unknown> =>
    page.waitForFunction(
      ([wanted, limit]) => {
        const drawn = [...document.querySelectorAll('#node-config-returns-mappings .rl-row')]
          .map((row) => ({
            top: parseFloat((row as HTMLElement).style.top),
            text: [...row.querySelectorAll('span')]
              .map((cell) => cell.textContent)
              .join(' ')
              .trim(),
          }))
          .sort((one, other) => one.top - other.top)
          .map(({ text }) => text);
        return JSON.stringify(drawn.slice(0, limit ?? drawn.length)) === JSON.stringify(wanted);
      },
      [expected, Number.isFinite(most) ? most : null] as const,
    );
  const open = async (id: string): Promise<void> => {
    await editor.editConfig(TYPE, id);
    await within('.rl-long-list').waitFor();
  };
  const table = (name: string): Promise<string[]> => within('.rl-mappings-bar > select').selectOption(name);
  const count = async (text: RegExp): Promise<void> => {
    await page.waitForFunction(
      (source) =>
        new RegExp(source).test(
          document.querySelector('#node-config-returns-mappings .rl-mappings-count')?.textContent ?? '',
        ),
      text.source,
    );
  };
  const fill = (column: string, text: string): Promise<void> =>
    within(`.rl-mappings-form [data-column="${column}"]`).fill(text);

  it('R36: 5,000 rows: only those in sight are in the page, sorted, and a search is at once', async () => {
    await open(BIG);
    await count(/5000 rows/);
    assert.ok((await rows().count()) < 60, 'rows out of sight are not drawn');
    await shows(['SKU SKU-0 ITEM-0'], 1);
    await within('.rl-long-list').focus();
    await page.keyboard.press('End');
    await page.waitForFunction(() =>
      document
        .querySelector('#node-config-returns-mappings [aria-selected="true"]')
        ?.textContent.includes('SKU-999'),
    );
    assert.ok((await rows().count()) < 60);
    const took = await page.evaluate(async () => {
      const search = document.querySelector<HTMLInputElement>(
        '#node-config-returns-mappings input[type=search]',
      );
      if (!search) throw new Error('no search');
      const begun = performance.now();
      search.value = '4321';
      search.dispatchEvent(new Event('input'));
      await Promise.resolve();
      return performance.now() - begun;
    });
    await count(/1 of 5000/);
    await shows(['SKU SKU-4321 ITEM-721']);
    assert.ok(took < 1000, `the search took ${took} ms`);
    await page.screenshot({ path: join(PICTURES, 'dialog-returns-mappings-search.png') });
    await editor.save();
    await editor.judged(BIG, true);
  });

  it('rows are added, changed and deleted with the keyboard alone', async () => {
    await open(BRAND);
    await table('location');
    await act('add').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('PAR-1');
    await page.keyboard.press('Tab');
    await page.keyboard.type('62');
    await page.keyboard.press('Enter');
    await count(/1 row/);
    await shows(['PAR-1 62']);
    await act('add').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('LON-1');
    await page.keyboard.press('Tab');
    await page.keyboard.type('61');
    await page.keyboard.press('Enter');
    await count(/2 rows/);
    await shows(['LON-1 61', 'PAR-1 62']);
    // The row that was kept is the active one, and the list has the focus.
    await page.keyboard.press('Enter');
    await fill('warehouse', '60');
    await page.keyboard.press('Escape');
    await shows(['LON-1 61', 'PAR-1 62']);
    await page.keyboard.press('Enter');
    await fill('warehouse', '63');
    await page.keyboard.press('Enter');
    await shows(['LON-1 63', 'PAR-1 62']);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Delete');
    await count(/1 row/);
    await shows(['LON-1 63']);
  });

  it('R66: what is missing, wrong or there twice is marked and told, and the node needs attention', async () => {
    await table('disposition');
    await act('add').click();
    await fill('disposition', '*');
    await within('.rl-mappings-message')
      .getByText(/“\*” is not valid/)
      .waitFor();
    await fill('disposition', 'damaged');
    await fill('condition', '*');
    await fill('erpDisposition', 'Quarantine');
    await act('keep').click();
    await count(/1 wrong/);
    assert.equal(await within('.rl-mappings-wrong').count(), 1);
    assert.match((await rows().first().getAttribute('title')) ?? '', /^Warehouse: enter /);
    await page.screenshot({ path: join(PICTURES, 'dialog-returns-mappings-wrong.png') });
    await editor.save();
    assert.match(
      (await editor.judged(BRAND, false)).join(),
      /Table Dispositions has rows that need attention: 1/,
    );
    await open(BRAND);
    await table('disposition');
    await within('.rl-long-list').focus();
    await page.keyboard.press('Enter');
    await fill('warehouse', 'QUAR');
    // What stands in an open form is kept when the dialog is saved.
    await editor.save();
    await editor.judged(BRAND, true);
  });

  it('R52: shares of a bundle that are not the whole price are marked', async () => {
    await open(BRAND);
    await table('bundle');
    await act('add').click();
    await fill('parent', 'SET');
    await fill('component', 'CUP');
    await fill('quantity', '1');
    await fill('share', '1/3');
    await act('keep').click();
    await count(/1 wrong/);
    assert.match(
      (await rows().first().getAttribute('title')) ?? '',
      /it is 1\/3; enter shares of SET that are 1 together/,
    );
    await within('.rl-long-list').focus();
    await page.keyboard.press('Delete');
    await count(/0 rows|rows/);
  });

  it('a file is shown before it is taken; one with errors is not taken, but for its good rows', async () => {
    await table('location');
    await act('import').click();
    await within('textarea').fill('location;warehouse\nLON-1;61\nROM-1;64\nMIL-1;\n');
    await act('read').click();
    await within('.rl-mappings-fault').getByText('Row 4, column “warehouse”: “”').waitFor();
    assert.equal(
      await within('[data-counts="location"]').innerText(),
      '1 added, 1 changed, 0 removed, 0 as they are',
    );
    assert.equal(await act('take').count(), 0);
    await page.screenshot({ path: join(PICTURES, 'dialog-returns-mappings-import.png') });
    await within('textarea').fill('location;warehouse\nROM-1;64\nMIL-1;65\n');
    await act('read').click();
    await page.waitForFunction(() => document.querySelector('.rl-mappings-fault') === null);
    assert.equal(
      await within('[data-counts="location"]').innerText(),
      '2 added, 0 changed, 1 removed, 0 as they are',
    );
    await act('take').click();
    await count(/2 rows/);
    await shows(['MIL-1 65', 'ROM-1 64']);
  });

  it('exports a table as CSV and all as JSON', async () => {
    const [csv] = await Promise.all([page.waitForEvent('download'), act('exportCsv').click()]);
    assert.equal(csv.suggestedFilename(), 'mappings-location.csv');
    const stream = await csv.createReadStream();
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    assert.equal(
      Buffer.concat(chunks).toString('utf8'),
      '\uFEFFlocation,warehouse\r\nMIL-1,65\r\nROM-1,64\r\n',
    );
    const [json] = await Promise.all([page.waitForEvent('download'), act('exportJson').click()]);
    assert.equal(json.suggestedFilename(), 'mappings.json');
  });

  it('saves, deploys, and keeps what was taken', async () => {
    await editor.save();
    await editor.judged(BRAND, true);
    await editor.deploy();
    const flows = (await (await fetch(`${rehearsal.nodeRed.baseUrl}/flows`)).json()) as Record<
      string,
      unknown
    >[];
    const list = (Array.isArray(flows) ? flows : (flows as { flows: Record<string, unknown>[] }).flows).find(
      ({ id }) => id === BRAND,
    );
    assert.deepEqual(list?.['tables'], {
      disposition: [
        {
          disposition: 'damaged',
          condition: '*',
          erpDisposition: 'Quarantine',
          warehouse: 'QUAR',
          location: '',
          document: '',
        },
      ],
      location: [
        { location: 'MIL-1', warehouse: '65' },
        { location: 'ROM-1', warehouse: '64' },
      ],
    });
  });

  it('R65: shows coverage of what is deployed', async () => {
    await open(BRAND);
    await act('coverage').click();
    await within('.rl-mappings-panel')
      .getByText(/^Version [0-9a-f]{12}/)
      .waitFor();
    await within('.rl-mappings-panel')
      .getByText(/Locations: 2 \(MIL-1, ROM-1\)/)
      .waitFor();
    await page.screenshot({ path: join(PICTURES, 'dialog-returns-mappings-coverage.png') });
    await act('close').click();
    await within('.rl-long-list').waitFor();
  });

  it('R230: a suggestion fills a row in; without a person who keeps it, nothing changes', async () => {
    await act('coverage').click();
    const code = within('[data-code="Wet"]');
    await code.getByText(/acme · [24] times/).waitFor();
    await code.getByText(/accepted before in All brands/).waitFor();
    await page.screenshot({ path: join(PICTURES, 'dialog-returns-mappings-suggestion.png') });
    await code.locator('[data-act="use"]').first().click();
    assert.equal(await within('.rl-mappings-form [data-column="reason"]').inputValue(), 'Wet');
    assert.equal(await within('.rl-mappings-form [data-column="erpReason"]').inputValue(), 'W');
    await act('cancel').click();
    await count(/^0 rows/);
    await act('coverage').click();
    await code.locator('[data-act="use"]').first().click();
    await act('keep').click();
    await count(/1 row/);
    await shows(['Wet W']);
  });

  it('refuses a base that leads back', async () => {
    await editor.save();
    await open(BASE);
    await page.selectOption('#node-config-input-base', BRAND);
    await editor.save();
    assert.match((await editor.judged(BASE, false)).join(), /lead back to themselves/);
    await open(BASE);
    await page.selectOption('#node-config-input-base', '_ADD_');
    await editor.save();
    await editor.judged(BASE, true);
  });

  it('is readable in both themes', async () => {
    for (const dark of [false, true]) {
      const other = await Editor.open(rehearsal.nodeRed, dark);
      await other.editConfig(TYPE, BIG);
      await other.page.locator('#node-config-returns-mappings .rl-row').first().waitFor();
      await other.page.locator('#node-config-returns-mappings [data-act="add"]').click();
      const name = dark ? 'dark' : 'light';
      await other.page.screenshot({ path: join(PICTURES, `dialog-returns-mappings-${name}.png`) });
      assert.deepEqual(other.faults, []);
      await other.close();
    }
    assert.deepEqual(editor.faults, []);
  });
});
