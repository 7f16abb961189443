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

const TAB = 'tab0000000000001';
const STORE = 'store00000000001';
const ACCOUNT = 'account000000001';
const CONNECTION = 'd365000000000001';
const MAPPINGS = 'mappings00000001';
const FLOWS = [
  { id: TAB, type: 'tab', label: 'Mapped' },
  { id: STORE, type: 'returns-store', name: 'Returns store', driver: 'sqlite', file: 'mapped' },
  {
    id: 'sandbox000000001',
    type: 'returns-sandbox',
    z: TAB,
    path: '/returns/happy-returns',
    brand: 'acme-shoes',
    company: 'usrt',
    seed: 1,
    count: 25,
    x: 130,
    y: 60,
    wires: [[]],
  },
  { id: ACCOUNT, type: 'brightpearl-account', name: 'Sandbox account', environment: 'sandbox', store: STORE },
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
    id: MAPPINGS,
    type: 'returns-mappings',
    name: 'Acme',
    store: STORE,
    base: '',
    tables: {
      disposition: [
        {
          disposition: 'resellable',
          condition: '*',
          erpDisposition: 'sellable',
          warehouse: '2',
          location: '',
          document: '',
        },
      ],
    },
  },
];
const NODES = [
  ['brightpearl-sales-credit', 'account', ACCOUNT],
  ['brightpearl-goods-in', 'account', ACCOUNT],
  ['brightpearl-exchange-order', 'account', ACCOUNT],
  ['d365-create-return-order', 'connection', CONNECTION],
  ['d365-credit-note', 'connection', CONNECTION],
] as const;

describe('the posting nodes’ Mappings in the editor', () => {
  let rehearsal: Rehearsal;
  let editor: Editor;
  let page: Page;
  const ids = new Map<string, string>();
  before(async () => {
    rehearsal = await Rehearsal.start(FLOWS);
    editor = await Editor.open(rehearsal.nodeRed);
    ({ page } = editor);
    for (const [at, [type]] of NODES.entries()) ids.set(type, await editor.drag(type, 330, 140 + 80 * at));
  });
  after(async () => {
    await editor.close();
    await rehearsal.end();
  });

  const field = (name: string): Locator => page.locator(`#node-input-${name}`);
  const idOf = (type: string): string => ids.get(type) ?? '';

  it('can be left out, and be chosen; each has its label and a tip', async () => {
    for (const [type, connection, id] of NODES) {
      await editor.edit(idOf(type));
      const row = page.locator('.form-row', { has: field('mappings') });
      assert.match((await row.textContent()) ?? '', /Mappings/, type);
      assert.match((await row.getAttribute('title')) ?? '', /^What the platform’s SKUs/, type);
      await field(connection).selectOption(id);
      if (type === 'd365-create-return-order') await field('warehouse').fill('RETQC');
      await editor.save();
      await editor.judged(idOf(type), true);
      await editor.edit(idOf(type));
      await field('mappings').selectOption(MAPPINGS);
      await page.screenshot({ path: join(PICTURES, `dialog-mappings-${type}.png`) });
      await editor.save();
      await editor.judged(idOf(type), true);
    }
  });

  it('stand in for an empty table of dispositions in Brightpearl Goods In', async () => {
    const goods = idOf('brightpearl-goods-in');
    await editor.edit(goods);
    await field('putAway').selectOption('disposition');
    await editor.save();
    await editor.judged(goods, true);
  });

  it('are deployed, and the nodes start with them', async () => {
    await editor.deploy();
    const flows = await rehearsal.nodeRed.admin<(Record<string, unknown> & { type: string })[]>('/flows');
    for (const [type] of NODES) {
      assert.equal(flows.find((node) => node.type === type)?.['mappings'], MAPPINGS, type);
      await editor.status(idOf(type), /waiting|0 /);
    }
    assert.doesNotMatch(rehearsal.nodeRed.log, /\[error\]/);
    assert.deepEqual(editor.faults, []);
  });
});
