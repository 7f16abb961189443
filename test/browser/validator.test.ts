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
const MAPPINGS = 'mappings00000001';

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

const WITH_MAPPINGS = [
  ...FLOWS,
  {
    id: MAPPINGS,
    type: 'returns-mappings',
    name: 'Acme',
    store: STORE,
    base: '',
    tables: { reason: [{ reason: 'wet', erpReason: 'W', disposition: '' }] },
  },
];

/** The editor's own object, as far as it is asked here. It lives in the page. */
declare const RED: {
  nodes: { node(id: string): { valid: boolean; mappings?: string; checks?: string[] } };
};

const NEW_CHECKS = ['item', 'discontinued', 'blind', 'customer', 'order', 'substitution', 'quantity'];

interface StoredValidator {
  id: string;
  checks?: string[];
  mappings?: string;
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
    assert.equal(rows.length, 19);
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

describe('the SKU Validator with Return Mappings, in the editor', () => {
  let rehearsal: Rehearsal;
  let editor: Editor;
  let page: Page;
  before(async () => {
    rehearsal = await Rehearsal.start(WITH_MAPPINGS);
    editor = await Editor.open(rehearsal.nodeRed);
    ({ page } = editor);
  });
  after(async () => {
    await editor.close();
    await rehearsal.end();
  });
  const field = (name: string): Locator => page.locator(`#node-input-${name}`);
  const box = (check: string): Locator => field(`check-${check}`);
  const stored = async (): Promise<StoredValidator | undefined> => {
    const text = await (await fetch(`${rehearsal.nodeRed.baseUrl}/flows`)).text();
    return (JSON.parse(text) as StoredValidator[]).find((node) => node.id === OLD);
  };
  const CODES = ['unit', 'reason', 'disposition', 'location', 'returnType', 'fee', 'taxCode'];

  it('R66: shows the checks of mapped codes where mappings are chosen, and none of them without', async () => {
    await editor.edit(OLD);
    for (const check of CODES) assert.equal(await box(check).isVisible(), false, check);
    await field('mappings').selectOption(MAPPINGS);
    for (const check of CODES) {
      assert.equal(await box(check).isVisible(), true, check);
      assert.equal(await box(check).isChecked(), false, check);
    }
  });

  it('switches them by their words and by the keyboard; rules of orders show where an order is needed', async () => {
    await page.locator('#dialog-form').getByText('Reason has a row', { exact: true }).click();
    await box('location').focus();
    await page.keyboard.press('Space');
    assert.equal(await field('orderPattern').isVisible(), false);
    await box('taxCode').check();
    assert.equal(await field('orderPattern').isVisible(), true);
    await box('taxCode').scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(PICTURES, 'dialog-validator-mappings.png') });
    await box('taxCode').uncheck();
    await editor.save();
    await editor.judged(OLD, true);
  });

  it('holds them after a deploy, and the node starts with them', async () => {
    await editor.deploy();
    const node = await stored();
    assert.equal(node?.mappings, MAPPINGS);
    assert.deepEqual([...(node.checks ?? [])].sort(), ['discontinued', 'item', 'location', 'reason']);
    await editor.status(OLD, /waiting/);
    await editor.edit(OLD);
    assert.equal(await box('reason').isChecked(), true);
    await editor.save();
  });

  it('says so where the mappings need attention themselves', async () => {
    const judge = (valid: boolean): Promise<void> =>
      page.evaluate(([id, sound]) => void (RED.nodes.node(id).valid = sound), [MAPPINGS, valid] as const);
    await judge(false);
    await editor.edit(OLD);
    await box('fee').check();
    await editor.save();
    assert.match((await editor.judged(OLD, false)).join(), /Mappings: these do not exist, or need attention/);
    await judge(true);
    await editor.edit(OLD);
    await box('fee').uncheck();
    await editor.save();
    await editor.judged(OLD, true);
  });

  it('drops the checks of mapped codes with the mappings', async () => {
    await editor.edit(OLD);
    await field('mappings').selectOption('_ADD_');
    assert.equal(await box('reason').isVisible(), false);
    await editor.save();
    await editor.judged(OLD, true);
    const held = await page.evaluate((id) => {
      const { mappings, checks } = RED.nodes.node(id);
      return { mappings, checks };
    }, OLD);
    assert.deepEqual(held, { mappings: '', checks: ['item', 'discontinued'] });
  });

  it('met no fault in the page', () => assert.deepEqual(editor.faults, []));
});

describe('the SKU Validator in the dark theme', () => {
  it('can be read', async () => {
    const rehearsal = await Rehearsal.start(WITH_MAPPINGS);
    const editor = await Editor.open(rehearsal.nodeRed, true);
    try {
      await editor.edit(OLD);
      await editor.page.locator('#node-input-check-order').check();
      await editor.page.locator('#node-input-mappings').selectOption(MAPPINGS);
      await editor.page.screenshot({ path: join(PICTURES, 'dialog-validator-dark.png') });
      assert.deepEqual(editor.faults, []);
    } finally {
      await editor.close();
      await rehearsal.end();
    }
  });
});
