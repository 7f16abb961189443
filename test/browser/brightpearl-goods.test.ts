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

const ACCOUNT = 'account000000001';
const STORE = 'store00000000001';
const FLOWS = [
  { id: 'tab0000000000001', type: 'tab', label: 'Goods' },
  { id: STORE, type: 'returns-store', name: 'Returns store', driver: 'sqlite', file: 'goods' },
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
  { id: ACCOUNT, type: 'brightpearl-account', name: 'Sandbox account', environment: 'sandbox', store: STORE },
];

describe('Brightpearl Goods In and Exchange Order in the editor', () => {
  let rehearsal: Rehearsal;
  let editor: Editor;
  let page: Page;
  let goods = '';
  let exchange = '';
  before(async () => {
    rehearsal = await Rehearsal.start(FLOWS);
    editor = await Editor.open(rehearsal.nodeRed);
    ({ page } = editor);
    goods = await editor.drag('brightpearl-goods-in', 330, 160);
    exchange = await editor.drag('brightpearl-exchange-order', 330, 260);
  });
  after(async () => {
    await editor.close();
    await rehearsal.end();
  });

  const field = (name: string): Locator => page.locator(`#node-input-${name}`);
  const stored = async (type: string): Promise<Record<string, unknown>> => {
    const flows = await rehearsal.nodeRed.admin<(Record<string, unknown> & { type: string })[]>('/flows');
    const found = flows.find((node) => node.type === type);
    assert.ok(found, type);
    return found;
  };

  it('each asks for its account, and names what is wrong with a number', async () => {
    await editor.judged(goods, false);
    await editor.edit(goods);
    await page.screenshot({ path: join(PICTURES, 'dialog-brightpearl-goods-in.png') });
    await field('warehouseId').fill('three');
    await field('warehouseId').press('Tab');
    assert.match((await field('warehouseId').getAttribute('class')) ?? '', /input-error/);
    await field('warehouseId').fill('3');
    await field('account').selectOption(ACCOUNT);
    await field('putAway').selectOption('disposition');
    await field('release').check();
    await page.locator('.node-input-dispositions-row .red-ui-editableList-addButton').click();
    const row = page.locator('#node-input-dispositions-list li').first();
    await row.locator('input[type=text]').first().fill('resellable');
    await row.locator('select').selectOption('sellable');
    await editor.save();
    await editor.judged(goods, true);
    await editor.edit(exchange);
    await page.screenshot({ path: join(PICTURES, 'dialog-brightpearl-exchange-order.png') });
    await field('orderPattern').fill('(');
    await field('orderPattern').press('Tab');
    assert.match((await field('orderPattern').getAttribute('class')) ?? '', /input-error/);
    await field('orderPattern').fill('#?(AC-\\d+)');
    await field('account').selectOption(ACCOUNT);
    await field('priceFrom').selectOption('park');
    await editor.save();
    await editor.judged(exchange, true);
  });

  it('is deployed as it was filled in, and starts', async () => {
    await editor.deploy();
    const booked = await stored('brightpearl-goods-in');
    assert.deepEqual(
      [
        booked['account'],
        booked['putAway'],
        booked['release'],
        String(booked['warehouseId']),
        booked['dispositions'],
      ],
      [ACCOUNT, 'disposition', true, '3', [{ disposition: 'resellable', place: 'sellable' }]],
    );
    const ordered = await stored('brightpearl-exchange-order');
    assert.deepEqual([ordered['orderPattern'], ordered['priceFrom']], ['#?(AC-\\d+)', 'park']);
    await editor.status(goods, /waiting/);
    await editor.status(exchange, /waiting/);
    assert.doesNotMatch(rehearsal.nodeRed.log, /\[error\]/);
  });

  it('shows its table again, and has two outputs with names', async () => {
    await editor.edit(goods);
    const row = page.locator('#node-input-dispositions-list li').first();
    assert.equal(await row.locator('input[type=text]').first().inputValue(), 'resellable');
    assert.equal(await row.locator('select').inputValue(), 'sellable');
    await editor.save();
    for (const id of [goods, exchange]) {
      const labels = await page.evaluate((nodeId) => {
        const { RED } = window as unknown as {
          RED: { nodes: { node(id: string): { _def: { outputLabels: (index: number) => string } } } };
        };
        const node = RED.nodes.node(nodeId);
        return [0, 1].map((index) => node._def.outputLabels.call(node, index));
      }, id);
      assert.ok(
        labels.every((label) => label !== '' && !label.includes('.')),
        labels.join(),
      );
    }
    assert.deepEqual(editor.faults, []);
  });
});
