import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { ROOT } from '../../scripts/node-red-process';
import { Rehearsal, type FlowNode } from '../support/rehearsal';
import { Editor } from './editor';

const PICTURES = join(ROOT, '.cache', 'screenshots');
mkdirSync(PICTURES, { recursive: true });

const STORE = 'store00000000001';
const CONNECTION = 'd365000000000001';
const FLOWS: FlowNode[] = [
  { id: 'tab0000000000001', type: 'tab', label: 'Dynamics 365' },
  { id: STORE, type: 'returns-store', name: 'Returns store', driver: 'sqlite', file: 'd365' },
  {
    id: 'sandbox000000001',
    type: 'returns-sandbox',
    z: 'tab0000000000001',
    path: '/returns/happy-returns',
    brand: 'acme-shoes',
    company: 'usrt',
    seed: 1,
    count: 25,
    x: 130,
    y: 60,
    wires: [[]],
  },
  {
    id: CONNECTION,
    type: 'd365-connection',
    product: 'fscm',
    environment: 'sandbox',
    company: 'usrt',
    store: STORE,
  },
];

describe('the dialogs of Dynamics 365 in the editor', () => {
  let rehearsal: Rehearsal;
  let editor: Editor;
  let page: Page;
  before(async () => {
    rehearsal = await Rehearsal.start(FLOWS);
    editor = await Editor.open(rehearsal.nodeRed);
    ({ page } = editor);
  });
  after(async () => {
    await editor.close();
    await rehearsal.end();
  });

  const field = (name: string): Locator => page.locator(`#node-input-${name}`);
  const setting = (name: string): Locator => page.locator(`#node-config-input-${name}`);
  const stored = async (type: string): Promise<FlowNode> => {
    await editor.deploy();
    const node = (await rehearsal.nodeRed.admin<FlowNode[]>('/flows')).find((one) => one.type === type);
    assert.ok(node);
    return node;
  };
  /** Fills a new row of a table with the keyboard alone. */
  const typeRow = async (table: string, cells: readonly string[]): Promise<void> => {
    await page.locator(`.node-input-${table}-row .red-ui-editableList-addButton`).press('Enter');
    for (const [at, cell] of cells.entries()) {
      if (at > 0) await page.keyboard.press('Tab');
      await page.keyboard.type(cell);
    }
  };

  describe('the connection', () => {
    const shown = (names: readonly string[]): Promise<boolean[]> =>
      Promise.all(names.map((name) => setting(name).isVisible()));
    const OF_FSCM = ['orderField', 'requireInvoice', 'eachUnit', 'concurrency', 'posting'];
    const OF_BC = ['bcOrderField', 'bcRoute', 'bcEachUnit', 'bcOthersDays', 'bcConcurrency'];
    const OF_SERVICE = ['servicePath', 'serviceParameter', 'serviceArrival', 'servicePayment'];

    it('shows what is of its product, its way of posting, and its environment', async () => {
      await editor.editConfig('d365-connection', CONNECTION);
      assert.deepEqual(await shown(OF_FSCM), [true, true, true, true, true]);
      assert.deepEqual(await shown(OF_BC), [false, false, false, false, false]);
      assert.deepEqual(await shown(OF_SERVICE), [false, false, false, false]);
      // The node has no such fields yet: a tick that is missing would change what it does when it is saved.
      assert.equal(await setting('bcExactCost').isChecked(), true);
      assert.equal(await setting('requireInvoice').isChecked(), true);
      await setting('posting').selectOption('service');
      assert.deepEqual(await shown(OF_SERVICE), [true, true, true, true]);
      assert.deepEqual(await shown(['environmentUrl', 'tenant', 'tokenVersion']), [false, false, false]);
      await setting('environment').selectOption('live');
      assert.deepEqual(await shown(['environmentUrl', 'tenant', 'tokenVersion']), [true, true, true]);
      await setting('product').selectOption('bc');
      assert.deepEqual(await shown(OF_FSCM), [false, false, false, false, false]);
      assert.deepEqual(await shown(OF_BC), [true, true, true, true, true]);
      assert.equal(await setting('bcOthersDays').inputValue(), '30');
      await setting('bcOthersDays').fill('1.5');
      await setting('bcOthersDays').press('Tab');
      assert.match((await setting('bcOthersDays').getAttribute('class')) ?? '', /input-error/);
      await setting('bcOthersDays').fill('0');
      await setting('bcOthersDays').press('Tab');
      assert.doesNotMatch((await setting('bcOthersDays').getAttribute('class')) ?? '', /input-error/);
      assert.deepEqual(await shown(['environmentUrl', 'tenant', 'tokenVersion', 'bcEnvironment']), [
        false,
        true,
        false,
        true,
      ]);
      await page.screenshot({ path: join(PICTURES, 'dialog-d365-connection-bc.png') });
    });

    it('is not held up by what is of the other product and not on show', async () => {
      await setting('product').selectOption('fscm');
      await setting('eachUnit').fill('');
      await setting('concurrency').fill('900');
      await setting('environment').selectOption('sandbox');
      assert.match((await setting('eachUnit').getAttribute('class')) ?? '', /input-error/);
      await setting('product').selectOption('bc');
      await editor.save();
      await editor.judged(CONNECTION, true);
      await page.locator('.red-ui-flow-node').first().waitFor();
      const { product, eachUnit, concurrency } = (await stored('d365-connection')) as Record<string, unknown>;
      assert.deepEqual([product, eachUnit, Number(concurrency)], ['bc', 'ea', 8]);
    });

    it('tests what stands in the dialog, and keeps the service and its names', async () => {
      await editor.editConfig('d365-connection', CONNECTION);
      await page.locator('#node-config-row-test button').press('Enter');
      const result = page.locator('.returns-ledger-test-result');
      await result.filter({ hasText: /connected/i }).waitFor();
      assert.match((await result.textContent()) ?? '', /Business Central/);
      await setting('product').selectOption('fscm');
      // What was answered of other settings does not stand beside these.
      assert.equal(await result.textContent(), '');
      await setting('posting').selectOption('service');
      await setting('servicePath').fill('no path');
      await setting('servicePath').press('Tab');
      assert.match((await setting('servicePath').getAttribute('class')) ?? '', /input-error/);
      await setting('servicePath').fill('/api/services/Returns/Posting');
      await page.screenshot({ path: join(PICTURES, 'dialog-d365-connection.png') });
      await editor.save();
      await editor.judged(CONNECTION, true);
      const { product, posting, servicePath } = (await stored('d365-connection')) as Record<string, unknown>;
      assert.deepEqual([product, posting, servicePath], ['fscm', 'service', '/api/services/Returns/Posting']);
    });
  });

  describe('D365 Credit Note', () => {
    let node = '';

    it('shows journal and payment methods where a refund is booked, and asks for them', async () => {
      // All is deployed: nothing that slides away or tells of the deploy lies over the palette.
      await editor.reload();
      node = await editor.drag('d365-credit-note', 330, 160);
      await editor.judged(node, false);
      await editor.edit(node);
      await field('connection').selectOption(CONNECTION);
      const methods = page.locator('.node-input-methods-row');
      const shown = async (): Promise<boolean[]> => [
        await field('journalName').isVisible(),
        await methods.isVisible(),
        await field('goodsWithinDays').isVisible(),
      ];
      assert.deepEqual(await shown(), [false, false, false]);
      await field('refund').selectOption('call-center');
      assert.deepEqual(await shown(), [false, true, false]);
      await field('refund').selectOption('journal');
      await field('creditOn').selectOption('on-scan');
      assert.deepEqual(await shown(), [true, true, true]);
      await field('creditOn').selectOption('on-accepted');
      await typeRow('methods', ['CARD', 'CARD']);
      await typeRow('methods', ['CARD', 'GIFT']);
      await page.screenshot({ path: join(PICTURES, 'dialog-d365-credit-note.png') });
      await editor.save();
      const errors = (await editor.judged(node, false)).join();
      assert.match(errors, /Payment journal: enter the name/);
      assert.match(errors, /“CARD” stands there twice/);
    });

    it('is deployed as it was filled in, with its table', async () => {
      await editor.edit(node);
      await field('journalName').fill('RETREFUND');
      const second = page.locator('#node-input-methods-list li').nth(1);
      await second.locator('.returns-ledger-paid').fill('GIFT');
      await field('timeZone').fill('Nowhere/Atall');
      await field('timeZone').press('Tab');
      assert.match((await field('timeZone').getAttribute('class')) ?? '', /input-error/);
      await field('timeZone').fill('America/New_York');
      await editor.save();
      await editor.judged(node, true);
      const kept = (await stored('d365-credit-note')) as Record<string, unknown>;
      assert.deepEqual(
        [kept['refund'], kept['journalName'], kept['timeZone'], kept['methods']],
        [
          'journal',
          'RETREFUND',
          'America/New_York',
          [
            { paid: 'CARD', refund: 'CARD' },
            { paid: 'GIFT', refund: 'GIFT' },
          ],
        ],
      );
      await editor.status(node, /waiting/);
    });
  });

  describe('D365 Exchange Order', () => {
    let node = '';

    it('refuses what is no field, and a part of the address that is named twice', async () => {
      await editor.reload();
      node = await editor.drag('d365-exchange-order', 330, 260);
      await editor.edit(node);
      await field('connection').selectOption(CONNECTION);
      await field('orderPattern').fill('(');
      await field('orderPattern').press('Tab');
      assert.match((await field('orderPattern').getAttribute('class')) ?? '', /input-error/);
      await field('orderPattern').fill('AC-\\d+');
      const add = page.locator('.node-input-addressFields-row .red-ui-editableList-addButton');
      const rows = page.locator('#node-input-addressFields-list li');
      for (const [at, name] of ['DeliveryAddressCity', 'no field'].entries()) {
        await add.press('Enter');
        await rows.nth(at).locator('select').selectOption('city');
        await rows.nth(at).locator('input.returns-ledger-field').fill(name);
      }
      await page.screenshot({ path: join(PICTURES, 'dialog-d365-exchange-order.png') });
      await editor.save();
      assert.match((await editor.judged(node, false)).join(), /each part once/);
    });

    it('is deployed as it was filled in', async () => {
      await editor.edit(node);
      const second = page.locator('#node-input-addressFields-list li').nth(1);
      await second.locator('select').selectOption('postcode');
      await second.locator('input.returns-ledger-field').fill('DeliveryAddressZipCode');
      await field('after').selectOption('credit');
      await field('priceFrom').selectOption('park');
      await editor.save();
      await editor.judged(node, true);
      const kept = (await stored('d365-exchange-order')) as Record<string, unknown>;
      assert.deepEqual(
        [kept['after'], kept['priceFrom'], kept['addressFields']],
        [
          'credit',
          'park',
          [
            { part: 'city', field: 'DeliveryAddressCity' },
            { part: 'postcode', field: 'DeliveryAddressZipCode' },
          ],
        ],
      );
      await editor.status(node, /waiting/);
    });

    it('nothing of it ended in an error', () => {
      assert.deepEqual(editor.faults, []);
      assert.doesNotMatch(rehearsal.nodeRed.log, /\[error\]/);
    });
  });
});

describe('the examples of Dynamics 365 in the editor', () => {
  for (const example of ['happy-returns-to-d365-full-lifecycle', 'happy-returns-to-business-central']) {
    it(`${example}: every node is set up right`, async () => {
      const flow = JSON.parse(readFileSync(join(ROOT, 'examples', `${example}.json`), 'utf8')) as FlowNode[];
      const rehearsal = await Rehearsal.start(flow);
      const editor = await Editor.open(rehearsal.nodeRed);
      try {
        for (const { id, type } of flow)
          if (/^(d365|returns|happy)-/.test(type)) await editor.judged(id, true);
        await editor.page.screenshot({ path: join(PICTURES, `example-${example}.png`) });
      } finally {
        await editor.close();
        await rehearsal.end();
      }
    });
  }
});
