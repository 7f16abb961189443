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
const CONNECTION = 'd365000000000001';
const OF_BC = 'd365000000000002';
const FLOWS = [
  { id: 'tab0000000000001', type: 'tab', label: 'Goods' },
  { id: STORE, type: 'returns-store', name: 'Returns store', driver: 'sqlite', file: 'arrivals' },
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
    orderField: 'CustomersOrderReference',
    requireInvoice: true,
    eachUnit: 'ea',
    settleSeconds: 120,
    timeoutSeconds: 60,
    concurrency: 8,
    callsPerMinute: '',
    tokenVersion: 'v2',
  },
  {
    id: OF_BC,
    type: 'd365-connection',
    product: 'bc',
    environment: 'sandbox',
    company: 'CRONUS',
    store: STORE,
  },
];

describe('D365 Item Arrival in the editor', () => {
  let rehearsal: Rehearsal;
  let editor: Editor;
  let page: Page;
  let node = '';
  before(async () => {
    rehearsal = await Rehearsal.start(FLOWS);
    editor = await Editor.open(rehearsal.nodeRed);
    ({ page } = editor);
    node = await editor.drag('d365-item-arrival', 330, 160);
  });
  after(async () => {
    await editor.close();
    await rehearsal.end();
  });

  const field = (name: string): Locator => page.locator(`#node-input-${name}`);
  const cell = (kind: string): Locator =>
    page.locator('#node-input-dispositions-list li').first().locator(`.returns-ledger-${kind}`);

  it('asks for connection, journal name and dispositions', async () => {
    await editor.judged(node, false);
    await editor.edit(node);
    await page.screenshot({ path: join(PICTURES, 'dialog-d365-item-arrival.png') });
    await field('connection').selectOption(OF_BC);
    // Business Central has no journals of arrivals, and takes no batches of them.
    assert.equal(await field('journalName').isVisible(), false);
    assert.equal(await field('batches').isVisible(), false);
    assert.doesNotMatch((await field('journalName').getAttribute('class')) ?? '', /input-error/);
    await field('connection').selectOption(CONNECTION);
    assert.equal(await field('journalName').isVisible(), true);
    assert.match((await field('journalName').getAttribute('class')) ?? '', /input-error/);
    await field('journalName').fill('RETARR');
    await page.locator('.node-input-dispositions-row .red-ui-editableList-addButton').click();
    await cell('disposition').fill('resellable');
    await cell('code').fill('CREDIT');
    await cell('warehouse').fill('MAIN');
    await field('unannounced').selectOption('create');
    await page.screenshot({ path: join(PICTURES, 'dialog-d365-item-arrival-filled.png') });
    await editor.save();
    // Unannounced goods need a warehouse to be returned to.
    await editor.judged(node, false);
    await editor.edit(node);
    assert.match((await field('warehouse').getAttribute('class')) ?? '', /input-error/);
    await field('warehouse').fill('RETQC');
    await editor.save();
    await editor.judged(node, true);
  });

  it('is deployed as it was filled in, starts, and shows its table again', async () => {
    await editor.deploy();
    const flows = await rehearsal.nodeRed.admin<(Record<string, unknown> & { type: string })[]>('/flows');
    const stored = flows.find(({ type }) => type === 'd365-item-arrival');
    assert.deepEqual(
      [stored?.['connection'], stored?.['journalName'], stored?.['unannounced'], stored?.['warehouse']],
      [CONNECTION, 'RETARR', 'create', 'RETQC'],
    );
    assert.deepEqual(stored?.['dispositions'], [
      { disposition: 'resellable', code: 'CREDIT', warehouse: 'MAIN', location: '' },
    ]);
    await editor.status(node, /waiting/);
    assert.doesNotMatch(rehearsal.nodeRed.log, /\[error\]/);
    await editor.edit(node);
    assert.deepEqual(
      [await cell('disposition').inputValue(), await cell('code').inputValue()],
      ['resellable', 'CREDIT'],
    );
    await editor.save();
    assert.deepEqual(editor.faults, []);
  });
});
