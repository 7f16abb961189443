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
const ACCOUNT = 'account000000001';
const OLD = 'validator0000001';

const FLOWS = [
  { id: 'tab0000000000001', type: 'tab', label: 'Checks' },
  { id: STORE, type: 'returns-store', name: 'Returns store', driver: 'sqlite', file: 'checks' },
  {
    id: ACCOUNT,
    type: 'brightpearl-account',
    name: 'Sandbox',
    environment: 'sandbox',
    store: STORE,
    authKind: 'system',
    instanceId: 7,
  },
  {
    id: OLD,
    type: 'returns-sku-validator',
    z: 'tab0000000000001',
    erp: 'brightpearl',
    brightpearl: ACCOUNT,
    maxAgeMinutes: 60,
    x: 330,
    y: 60,
    wires: [[], []],
  },
];

const NEW_CHECKS = ['item', 'discontinued', 'blind', 'customer', 'order', 'substitution', 'quantity'];

interface StoredValidator {
  id: string;
  checks?: string[];
  orderPattern?: string;
  toleranceMinor?: number | string;
  substitutes?: { returned: string; sold: string }[];
}

describe('what the SKU Validator checks, in the editor', () => {
  let rehearsal: Rehearsal;
  let editor: Editor;
  let page: Page;
  let fresh = '';
  before(async () => {
    rehearsal = await Rehearsal.start(FLOWS);
    editor = await Editor.open(rehearsal.nodeRed);
    ({ page } = editor);
    fresh = await editor.drag('returns-sku-validator', 330, 160);
  });
  after(async () => {
    await editor.close();
    await rehearsal.end();
  });

  const field = (name: string): Locator => page.locator(`#node-input-${name}`);
  const box = (check: string): Locator => field(`check-${check}`);
  const chosen = (): Promise<string[]> =>
    page
      .locator('.returns-ledger-check input:checked')
      .evaluateAll((boxes) => boxes.map((one) => (one as HTMLInputElement).value));
  const stored = async (id: string): Promise<StoredValidator | undefined> => {
    const text = await (await fetch(`${rehearsal.nodeRed.baseUrl}/flows`)).text();
    return (JSON.parse(text) as StoredValidator[]).find((node) => node.id === id);
  };

  it('an older node shows what it always checked, and keeps to it', async () => {
    await editor.judged(OLD, true);
    await editor.edit(OLD);
    assert.deepEqual(await chosen(), ['item', 'discontinued']);
    assert.equal(await field('orderPattern').isVisible(), false);
    assert.equal(await field('toleranceMinor').inputValue(), '0');
    await page.screenshot({ path: join(PICTURES, 'dialog-validator-older.png') });
    await editor.save();
    await editor.judged(OLD, true);
  });

  it('a new node checks against the order, and shows the rules that its checks need', async () => {
    await editor.edit(fresh);
    await field('erp').selectOption('brightpearl');
    await field('brightpearl').selectOption(ACCOUNT);
    assert.deepEqual((await chosen()).sort(), [...NEW_CHECKS].sort());
    assert.equal(await field('orderPattern').isVisible(), true);
    assert.equal(await field('toleranceMinor').isVisible(), false);
    await box('value').check();
    assert.equal(await field('toleranceMinor').isVisible(), true);
  });

  it('every check is switched by its words, by the keyboard too, and has a tip', async () => {
    await page.locator('#dialog-form').getByText('Tax is the order’s', { exact: true }).click();
    assert.equal(await box('tax').isChecked(), true);
    await box('bundle').focus();
    await page.keyboard.press('Space');
    assert.equal(await box('bundle').isChecked(), true);
    const rows = await page.locator('.returns-ledger-check').all();
    assert.equal(rows.length, 12);
    for (const row of rows) assert.ok(((await row.getAttribute('title')) ?? '').length > 40);
  });

  it('says what is wrong with a rule', async () => {
    const wrong = async (name: string): Promise<boolean> =>
      ((await field(name).getAttribute('class')) ?? '').includes('input-error');
    for (const [name, bad, good] of [
      ['orderPattern', '#?(', '#?(.+)'],
      ['toleranceMinor', '1.5', '2'],
    ] as const) {
      await field(name).fill(bad);
      await field(name).press('Tab');
      assert.ok(await wrong(name), `${name}: ${bad}`);
      await field(name).fill(good);
      await field(name).press('Tab');
      assert.ok(!(await wrong(name)), `${name}: ${good}`);
    }
    await page.locator('.node-input-substitutes-row .red-ui-editableList-addButton').click();
    await page.keyboard.type('RUN-42-BLU-V2');
    await page.keyboard.press('Tab');
    await page.keyboard.type('RUN-42-BLU');
    await page.locator('#node-input-check-item').scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(PICTURES, 'dialog-validator-checks.png') });
    await field('substitutes-list').scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(PICTURES, 'dialog-validator-rules.png') });
    await editor.save();
    await editor.judged(fresh, true);
  });

  it('holds all of it after a deploy, and the node starts with it', async () => {
    await editor.deploy();
    const old = await stored(OLD);
    assert.deepEqual(old?.checks ?? ['item', 'discontinued'], ['item', 'discontinued']);
    const node = await stored(fresh);
    assert.deepEqual([...(node?.checks ?? [])].sort(), [...NEW_CHECKS, 'value', 'tax', 'bundle'].sort());
    assert.deepEqual(
      [node?.orderPattern, Number(node?.toleranceMinor), node?.substitutes],
      ['#?(.+)', 2, [{ returned: 'RUN-42-BLU-V2', sold: 'RUN-42-BLU' }]],
    );
    await editor.status(fresh, /waiting/);
    await editor.edit(fresh);
    assert.equal((await chosen()).length, 10);
    await editor.save();
  });

  it('needs one check at least', async () => {
    await editor.edit(fresh);
    for (const check of await chosen()) await box(check).uncheck();
    await editor.save();
    assert.match((await editor.judged(fresh, false)).join(), /switch on at least one check/);
  });

  it('met no fault in the page', () => assert.deepEqual(editor.faults, []));
});

describe('the SKU Validator in the dark theme', () => {
  it('can be read', async () => {
    const rehearsal = await Rehearsal.start(FLOWS);
    const editor = await Editor.open(rehearsal.nodeRed, true);
    try {
      await editor.edit(OLD);
      await editor.page.locator('#node-input-check-order').check();
      await editor.page.screenshot({ path: join(PICTURES, 'dialog-validator-dark.png') });
      assert.deepEqual(editor.faults, []);
    } finally {
      await editor.close();
      await rehearsal.end();
    }
  });
});
