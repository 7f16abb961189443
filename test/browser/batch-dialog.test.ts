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

const FLOWS = [
  { id: 'tab0000000000001', type: 'tab', label: 'Batches' },
  {
    id: 'store00000000001',
    type: 'returns-store',
    name: 'Returns store',
    driver: 'sqlite',
    file: 'batches',
  },
];

describe('the Batch Aggregator in the editor', () => {
  let rehearsal: Rehearsal;
  let editor: Editor;
  let page: Page;
  let batch = '';
  before(async () => {
    rehearsal = await Rehearsal.start(FLOWS);
    editor = await Editor.open(rehearsal.nodeRed);
    ({ page } = editor);
    batch = await editor.drag('returns-batch-aggregator', 330, 160);
  });
  after(async () => {
    await editor.close();
    await rehearsal.end();
  });

  const field = (name: string): Locator => page.locator(`#node-input-${name}`);
  /** Fills a field in and leaves it, as a person does: the editor judges a value when its field is left. */
  const put = async (name: string, text: string): Promise<void> => {
    await field(name).fill(text);
    await field(name).press('Tab');
  };
  const wrong = async (name: string): Promise<boolean> =>
    ((await field(name).getAttribute('class')) ?? '').includes('input-error');

  it('needs a store, and shows what the choices ask for', async () => {
    await editor.judged(batch, false);
    assert.equal(await page.locator(`[id="${batch}"] .red-ui-flow-port-output`).count(), 3);
    await editor.edit(batch);
    await page.selectOption('#node-input-store', { label: 'Returns store' });
    assert.equal(await field('periodEnds').isVisible(), false);
    await page.selectOption('#node-input-periods', 'listed');
    assert.equal(await field('periodEnds').isVisible(), true);
    for (const erp of ['d365', 'brightpearl']) assert.equal(await field(erp).isVisible(), false);
    await page.selectOption('#node-input-erp', 'brightpearl');
    assert.equal(await field('brightpearl').isVisible(), true);
    await page.selectOption('#node-input-erp', '');
    await page.selectOption('#node-input-mode', 'each');
    assert.equal(await field('mostMembers').isVisible(), false);
    await page.selectOption('#node-input-mode', 'batch');
  });

  it('says what is wrong with a field, and does not let anybody wait for ever', async () => {
    for (const [name, bad, good] of [
      ['mostMembers', '-1', '200'],
      ['mostValue', '5,000', '5000.50'],
      ['timetable', 'at noon', '02:00 Mon-Fri; 18:30 Sat'],
      ['timeZone', 'Europe/Nowhere', 'Europe/London'],
      ['periodEnds', 'soon', '2026-03-28, 2026-04-25'],
      ['closedUntil', '2026-02-30', '2026-01-31'],
      ['prefix', 'a b', 'ACME'],
      ['window', '0', '5'],
    ] as const) {
      await put(name, bad);
      assert.ok(await wrong(name), `${name}: ${bad}`);
      await put(name, good);
      assert.ok(!(await wrong(name)), `${name}: ${good}`);
    }
    await put('maxAgeMinutes', '');
    assert.ok(!(await wrong('maxAgeMinutes')));
    await put('timetable', '');
    await put('maxAgeMinutes', '0');
    assert.ok(await wrong('maxAgeMinutes'));
    await put('maxAgeMinutes', '30');
    await page.locator('#node-input-byBrand').check();
    await editor.save();
    await editor.judged(batch, true);
  });

  it('takes a path or JSONata to group by', async () => {
    await editor.edit(batch);
    const expression = page.locator('.red-ui-typedInput-container input.red-ui-typedInput-input').first();
    await expression.fill('payload.lines[0].warehouse');
    await expression.press('Tab');
    await editor.save();
    await editor.judged(batch, true);
    await editor.edit(batch);
    assert.equal(await field('expression').inputValue(), 'payload.lines[0].warehouse');
    await expression.fill('not a path(');
    await expression.press('Tab');
    await editor.save();
    assert.match((await editor.judged(batch, false)).join(), /Enter a path such as/);
    await editor.edit(batch);
    await page.evaluate(() => {
      $('#node-input-expression').typedInput('type', 'jsonata');
      $('#node-input-expression').typedInput('value', '$uppercase(payload.brand)');
    });
    await editor.save();
    await editor.judged(batch, true);
  });

  it('deploys as it stands, and its status says that nothing waits', async () => {
    await editor.deploy();
    await editor.status(batch, /nothing waits/);
    const flows = (await (await fetch(`${rehearsal.nodeRed.baseUrl}/flows`)).json()) as Record<
      string,
      unknown
    >[];
    const deployed = flows.find(({ type }) => type === 'returns-batch-aggregator');
    assert.deepEqual(
      [
        'byBrand',
        'maxAgeMinutes',
        'timetable',
        'periods',
        'periodEnds',
        'expressionType',
        'expression',
        'd365',
      ].map((name) => deployed?.[name]),
      [true, '30', '', 'listed', '2026-03-28, 2026-04-25', 'jsonata', '$uppercase(payload.brand)', ''],
    );
    await editor.page.screenshot({ path: join(PICTURES, 'batch-deployed.png') });
  });

  it('met no fault in the page', () => assert.deepEqual(editor.faults, []));
});

for (const dark of [false, true]) {
  const theme = dark ? 'dark' : 'light';
  it(`the Batch Aggregator's dialog fits its place in the ${theme} theme`, async () => {
    const rehearsal = await Rehearsal.start(FLOWS);
    const editor = await Editor.open(rehearsal.nodeRed, dark);
    try {
      const { page } = editor;
      await page.setViewportSize({ width: 1500, height: 1900 });
      await editor.edit(await editor.drag('returns-batch-aggregator', 330, 160));
      await page.selectOption('#node-input-periods', 'listed');
      await page.selectOption('#node-input-erp', 'd365');
      await page.screenshot({ path: join(PICTURES, `dialog-returns-batch-aggregator-${theme}.png`) });
      assert.deepEqual(await page.evaluate(rowsThatBreak), []);
      assert.deepEqual(editor.faults, []);
    } finally {
      await editor.close();
      await rehearsal.end();
    }
  });
}

/** Rows of the open dialog that take more than a line, by their label: a label or a field is too wide for its place. */
function rowsThatBreak(): string[] {
  const rows = [...document.querySelectorAll<HTMLElement>('.returns-ledger-form .form-row')];
  return rows
    .filter((row) => row.offsetHeight > 45)
    .map((row) => `${row.querySelector('label')?.textContent.trim() ?? ''}: ${row.offsetHeight}`);
}

declare const $: (selector: string) => { typedInput(what: string, value: string): void };
