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
  { id: 'tab0000000000001', type: 'tab', label: 'Gate' },
  { id: 'store00000000001', type: 'returns-store', name: 'Returns store', driver: 'sqlite', file: 'gate' },
];

describe('the Return Gate in the editor', () => {
  let rehearsal: Rehearsal;
  let editor: Editor;
  let page: Page;
  let gate = '';
  before(async () => {
    rehearsal = await Rehearsal.start(FLOWS);
    editor = await Editor.open(rehearsal.nodeRed);
    ({ page } = editor);
    gate = await editor.drag('returns-gate', 330, 160);
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
    await editor.judged(gate, false);
    assert.equal(await page.locator(`[id="${gate}"] .red-ui-flow-port-output`).count(), 4);
    await editor.edit(gate);
    await page.selectOption('#node-input-store', { label: 'Returns store' });
    assert.equal(await field('policy').inputValue(), 'on-accepted');
    for (const name of ['creditHours', 'goodsDays', 'answerPath', 'answerKey']) {
      assert.equal(await field(name).isVisible(), false, name);
    }
    await page.selectOption('#node-input-policy', 'on-scan');
    await field('confirm').check();
    await field('answers').check();
    for (const name of ['creditHours', 'goodsDays', 'answerPath', 'answerKey']) {
      assert.equal(await field(name).isVisible(), true, name);
    }
  });

  it('says what is wrong with a field, and does not let anybody wait for ever', async () => {
    for (const [name, bad, good] of [
      ['refundAccepts', 'swap, 7!', 'swap, zigzag'],
      ['handoverDays', '0', '28'],
      ['arrivalDays', '', '10'],
      ['inspectionDays', '-1', '3.5'],
      ['creditHours', '9999', '12'],
      ['goodsDays', '0', '20'],
      ['answerPath', '/a b', '/returns/status'],
      ['answerKey', 'short', 'a key that nobody guesses'],
      ['answersPerMinute', '0', '30'],
      ['window', '0', '20'],
      ['stalledMinutes', '-1', '15'],
    ] as const) {
      await put(name, bad);
      assert.ok(await wrong(name), `${name}: ${bad}`);
      await put(name, good);
      assert.ok(!(await wrong(name)), `${name}: ${good}`);
    }
  });

  it('R71: takes policies for a brand and a reason, by keyboard', async () => {
    const add = page.locator('.red-ui-editableList-addButton');
    await add.focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('acme-shoes');
    await page.keyboard.press('Tab');
    await page.keyboard.type('damaged');
    await page.locator('.returns-ledger-policy').last().selectOption('on-received');
    await page.screenshot({ path: join(PICTURES, 'gate-dialog.png') });
    await editor.save();
    await editor.judged(gate, true);
  });

  it('deploys as it stands, keeps the key to itself, and its status says that nothing waits', async () => {
    await editor.deploy();
    await editor.status(gate, /nothing waits/);
    const flows = (await (await fetch(`${rehearsal.nodeRed.baseUrl}/flows`)).json()) as Record<
      string,
      unknown
    >[];
    const deployed = flows.find(({ type }) => type === 'returns-gate');
    assert.deepEqual(
      ['policy', 'policies', 'confirm', 'handoverDays', 'inspectionDays', 'answers', 'answerPath'].map(
        (name) => deployed?.[name],
      ),
      [
        'on-scan',
        [{ brand: 'acme-shoes', reason: 'damaged', policy: 'on-received' }],
        true,
        '28',
        '3.5',
        true,
        '/returns/status',
      ],
    );
    assert.doesNotMatch(JSON.stringify(flows), /nobody guesses/);
    const unknown = await fetch(`${rehearsal.nodeRed.baseUrl}/returns/status?return=A`, {
      headers: { 'x-returns-key': 'a key that nobody guesses' },
    });
    assert.equal(unknown.status, 404);
    await editor.reload();
    await editor.judged(gate, true);
    await editor.edit(gate);
    assert.ok(!(await wrong('answerKey')), 'a key that is kept is not asked for again');
    await editor.save();
    await editor.judged(gate, true);
    await page.screenshot({ path: join(PICTURES, 'gate-deployed.png') });
  });

  it('met no fault in the page', () => assert.deepEqual(editor.faults, []));
});

for (const dark of [false, true]) {
  const theme = dark ? 'dark' : 'light';
  it(`the Return Gate's dialog fits its place in the ${theme} theme`, async () => {
    const rehearsal = await Rehearsal.start(FLOWS);
    const editor = await Editor.open(rehearsal.nodeRed, dark);
    try {
      const { page } = editor;
      await page.setViewportSize({ width: 1500, height: 1300 });
      await editor.edit(await editor.drag('returns-gate', 330, 160));
      await page.selectOption('#node-input-policy', 'on-scan');
      await page.locator('#node-input-confirm').check();
      await page.locator('#node-input-answers').check();
      await page.locator('.red-ui-editableList-addButton').click();
      await page.screenshot({ path: join(PICTURES, `dialog-returns-gate-${theme}.png`) });
      assert.deepEqual(await page.evaluate(rowsThatBreak), []);
      assert.deepEqual(editor.faults, []);
    } finally {
      await editor.close();
      await rehearsal.end();
    }
  });
}

/** Rows of the open dialog that take more than a line, by their label; the table of policies is none. */
function rowsThatBreak(): string[] {
  const rows = [...document.querySelectorAll<HTMLElement>('.returns-ledger-form .form-row')];
  return rows
    .filter((row) => row.offsetHeight > 45 && row.querySelector('ol') === null)
    .map((row) => `${row.querySelector('label')?.textContent.trim() ?? ''}: ${row.offsetHeight}`);
}
