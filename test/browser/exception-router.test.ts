import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ROOT } from '../../scripts/node-red-process';
import { Rehearsal, type FlowNode } from '../support/rehearsal';
import { Editor } from './editor';

const PICTURES = join(ROOT, '.cache', 'screenshots');
mkdirSync(PICTURES, { recursive: true });

const TAB = 'tab0000000000001';
const ROUTER = 'router0000000001';
const TARGETS = ['resumed', 'finance', 'data', 'answers'];

/** As an earlier version saved it: owners and nothing else. */
function oldFlow(): FlowNode[] {
  const target = (name: string, index: number): FlowNode => ({
    id: `target-${name}`,
    type: 'debug',
    z: TAB,
    name,
    active: false,
    complete: 'payload',
    x: 600,
    y: 60 + index * 60,
    wires: [],
  });
  return [
    { id: TAB, type: 'tab', label: 'Router' },
    { id: 'store00000000001', type: 'returns-store', name: 'Store', driver: 'sqlite', file: 'router-dialog' },
    {
      id: ROUTER,
      type: 'returns-exception-router',
      z: TAB,
      name: '',
      store: 'store00000000001',
      owners: ['finance', 'data'],
      outputs: 4,
      x: 250,
      y: 150,
      wires: TARGETS.map((name) => [`target-${name}`]),
    },
    ...TARGETS.map(target),
  ];
}

declare const RED: {
  nodes: {
    filterLinks(filter: { source: unknown }): { sourcePort: number | string; target: { name: string } }[];
    node(id: string): { outputs: number; _def: { outputLabels(this: unknown, index: number): string } };
  };
};

/** Which output leads where, by the labels that a person sees. */
function wiresOf(editor: Editor): Promise<{ ports: string[]; wires: Record<string, string> }> {
  return editor.page.evaluate((id) => {
    const node = RED.nodes.node(id);
    const label = (port: number): string => node._def.outputLabels.call(node, port);
    const links = RED.nodes.filterLinks({ source: node });
    return {
      ports: Array.from({ length: node.outputs }, (_, port) => label(port)),
      wires: Object.fromEntries(
        links.map(({ sourcePort, target }) => [target.name, label(Number(sourcePort))]),
      ),
    };
  }, ROUTER);
}

const SAME = { resumed: 'resumed returns', data: 'data', answers: 'answers to commands' };

for (const dark of [false, true]) {
  const theme = dark ? 'dark' : 'light';
  describe(`the Exception Router’s dialog in the ${theme} theme`, () => {
    let rehearsal: Rehearsal;
    let editor: Editor;
    before(async () => {
      rehearsal = await Rehearsal.start(oldFlow());
      editor = await Editor.open(rehearsal.nodeRed, dark);
    });
    after(async () => {
      await editor.close();
      await rehearsal.end();
    });
    const warning = (): Promise<string> => editor.page.locator('.returns-ledger-warnings').innerText();

    it('R145: what an earlier version saved keeps its ports, and the editor warns of codes without an owner', async () => {
      assert.deepEqual(await wiresOf(editor), {
        ports: ['resumed returns', 'finance', 'data', 'answers to commands'],
        wires: { ...SAME, finance: 'finance' },
      });
      const reasons = await editor.judged(ROUTER, false);
      assert.match(reasons.join(), /has no output, so \d+ of the exceptions go to data/);
    });

    it('a class and a code are given away; the rest is still warned of', async () => {
      const { page } = editor;
      await editor.edit(ROUTER);
      const before_ = await warning();
      for (const owner of ['warehouse', 'customer service', 'integration']) {
        assert.match(before_, new RegExp(`${owner} has no output`));
      }
      assert.equal(await page.inputValue('#node-input-fallback'), 'data');
      assert.equal(await page.inputValue('#node-input-alertMinutes'), '60');
      const add = page.locator('.node-input-table-row .red-ui-editableList-addButton');
      const row = async (match: string, owner: string): Promise<void> => {
        await add.click();
        await page.locator('.returns-ledger-match').last().selectOption(match);
        await page.locator('.returns-ledger-owner').last().fill(owner);
      };
      const choices = await page.evaluate(
        () => document.querySelectorAll('.returns-ledger-match option').length,
      );
      assert.equal(choices, 0);
      await row('config', 'finance');
      await row('order-unknown', 'nobody');
      const texts = await page.locator('.returns-ledger-match').last().locator('option').allInnerTexts();
      const codes = texts.slice(7).map((text) => text.replace(/ \([a-z0-9-]+\)$/, ''));
      assert.deepEqual(
        codes,
        [...codes].sort((a, b) => a.localeCompare(b, 'en')),
      );
      assert.match(await warning(), /nobody has no output, so 1 of the exceptions go to data: order-unknown/);
      await page.locator('.returns-ledger-owner').last().fill('data');
      assert.doesNotMatch(await warning(), /nobody/);
      await page.screenshot({ path: join(PICTURES, `router-warnings-${theme}.png`) });
    });

    it('wires stay with their owner when owners are added, moved and removed', async () => {
      const { page } = editor;
      const owners = page.locator('.node-input-owners-row');
      await owners.locator('.red-ui-editableList-item-remove').first().click();
      for (const owner of ['warehouse', 'customer service', 'integration', 'night shift', 'finance']) {
        await owners.locator('.red-ui-editableList-addButton').click();
        await page.locator('.returns-ledger-owner-name').last().fill(owner);
      }
      await page.locator('.returns-ledger-warnings').waitFor({ state: 'hidden' });
      await page.selectOption('#node-input-fallback', 'night shift');
      await page.screenshot({ path: join(PICTURES, `router-ownership-${theme}.png`) });
      await editor.save();
      assert.deepEqual(await wiresOf(editor), {
        ports: [
          'resumed returns',
          'data',
          'warehouse',
          'customer service',
          'integration',
          'night shift',
          'finance',
          'answers to commands',
          'alerts',
        ],
        wires: SAME,
      });
      await editor.judged(ROUTER, true);
      await editor.edit(ROUTER);
      await owners.locator('.red-ui-editableList-item-remove').nth(1).click();
      await page.locator('.returns-ledger-warnings').waitFor({ state: 'visible' });
      await page.locator('.node-input-table-row').scrollIntoViewIfNeeded();
      await editor.save();
      const { ports, wires } = await wiresOf(editor);
      assert.deepEqual([ports.length, ports.at(-1), wires], [8, 'alerts', SAME]);
      assert.match((await editor.judged(ROUTER, false)).join(), /warehouse has no output/);
    });

    it('is deployed, and comes back as it was', async () => {
      const { page } = editor;
      const answer = page.waitForResponse(
        (response) => response.url().endsWith('/flows') && response.request().method() === 'POST',
      );
      await page.locator('#red-ui-header-button-deploy').click();
      // Integration's codes have nobody: that is a warning at deploy, and no more than that.
      await page.locator('.red-ui-notification button.primary').click();
      await answer;
      await editor.status(ROUTER, /nothing parked/);
      const flows = JSON.parse(
        await (await fetch(`${rehearsal.nodeRed.baseUrl}/flows`)).text(),
      ) as FlowNode[];
      const saved = flows.find(({ id }) => id === ROUTER);
      assert.deepEqual(
        [saved?.['table'], saved?.['fallback'], saved?.['outputs'], String(saved?.['alertMinutes'])],
        [
          [
            { match: 'config', owner: 'finance' },
            { match: 'order-unknown', owner: 'data' },
          ],
          'night shift',
          8,
          '60',
        ],
      );
      await editor.reload();
      assert.deepEqual((await wiresOf(editor)).wires, SAME);
      await editor.judged(ROUTER, false);
      await editor.edit(ROUTER);
      assert.equal(await page.inputValue('#node-input-fallback'), 'night shift');
      assert.equal(await page.locator('.returns-ledger-match').first().inputValue(), 'config');
      await page.fill('#node-input-alertMinutes', '0');
      await page.locator('#node-input-alertMinutes').scrollIntoViewIfNeeded();
      await page.screenshot({ path: join(PICTURES, `router-alerts-${theme}.png`) });
      await editor.save();
      assert.match((await editor.judged(ROUTER, false)).join(), /1 to 10080/);
    });

    it('met no fault in the page', () => assert.deepEqual(editor.faults, []));
  });
}
