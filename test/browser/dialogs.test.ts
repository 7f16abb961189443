import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ROOT } from '../../scripts/node-red-process';
import { BUTTON, exampleFlow, Rehearsal } from '../support/rehearsal';
import { Editor } from './editor';

/** Pictures for people to look at; made anew by each run. */
const PICTURES = join(ROOT, '.cache', 'screenshots');
mkdirSync(PICTURES, { recursive: true });

const EMPTY_TAB = [{ id: 'tab0000000000001', type: 'tab', label: 'Empty' }];

describe('a consultant builds the flow by hand', () => {
  let rehearsal: Rehearsal;
  let editor: Editor;
  const ids: Record<string, string> = {};
  before(async () => {
    rehearsal = await Rehearsal.start(EMPTY_TAB);
    editor = await Editor.open(rehearsal.nodeRed);
  });
  after(async () => {
    await editor.close();
    await rehearsal.end();
  });

  it('drags every node onto the canvas; each says that it is not set up yet', async () => {
    const places = [
      ['happy-returns-in', 130, 120],
      ['returns-sku-validator', 330, 120],
      ['d365-create-return-order', 560, 120],
      ['returns-exception-router', 330, 260],
      ['returns-sandbox', 130, 380],
    ] as const;
    for (const [type, x, y] of places) ids[type] = await editor.drag(type, x, y);
    for (const type of [
      'happy-returns-in',
      'returns-sku-validator',
      'd365-create-return-order',
      'returns-exception-router',
    ]) {
      await editor.judged(ids[type] ?? '', false);
    }
    await editor.judged(ids['returns-sandbox'] ?? '', true);
    await editor.page.screenshot({ path: join(PICTURES, 'dragged.png') });
  });

  it('fills in the In node with its account and store', async () => {
    const { page } = editor;
    await editor.edit(ids['happy-returns-in'] ?? '');
    await page.screenshot({ path: join(PICTURES, 'dialog-happy-returns-in.png') });
    assert.match(
      (await page.locator('#node-input-url').textContent()) ?? '',
      /^http:\/\/127\.0\.0\.1:\d+\/returns\/happy-returns$/,
    );
    await editor.addConfig('account');
    await page.selectOption('#node-config-input-environment', 'sandbox');
    assert.equal(await page.locator('#node-config-input-secret').isVisible(), false);
    await page.selectOption('#node-config-input-environment', 'live');
    await page.fill('#node-config-input-retailers', 'acme-shoes');
    await page.fill('#node-config-input-secret', 'typed-webhook-secret');
    await page.locator('.node-config-input-vocabulary-row .red-ui-editableList-addButton').click();
    await page.locator('.returns-ledger-word').fill('approved');
    await page.locator('.returns-ledger-topic').selectOption('return.accepted');
    await page.screenshot({ path: join(PICTURES, 'dialog-happy-returns-account.png') });
    await editor.save();
    await editor.addConfig('store');
    await page.selectOption('#node-config-input-driver', 'postgres');
    assert.equal(await page.locator('#node-config-input-file').isVisible(), false);
    await page.fill('#node-config-input-host', '127.0.0.1');
    await page.fill('#node-config-input-port', '1');
    await page.fill('#node-config-input-database', 'returns');
    await page.fill('#node-config-input-user', 'ledger');
    await page.fill('#node-config-input-password', 'typed-database-secret');
    await page.locator('#node-config-row-test button').click();
    await page.waitForFunction(() =>
      /PostgreSQL cannot be reached/.test(
        document.querySelector('.returns-ledger-test-result')?.textContent ?? '',
      ),
    );
    await page.screenshot({ path: join(PICTURES, 'dialog-returns-store-postgres.png') });
    await page.selectOption('#node-config-input-driver', 'sqlite');
    assert.equal(await page.locator('#node-config-input-host').isVisible(), false);
    await page.fill('#node-config-input-file', 'rehearsal');
    await page.locator('#node-config-row-backup button').click();
    await page.waitForFunction(() =>
      /not deployed yet/.test(document.querySelector('.returns-ledger-backup-result')?.textContent ?? ''),
    );
    await page.screenshot({ path: join(PICTURES, 'dialog-returns-store.png') });
    await editor.save();
    await page.fill('#node-input-path', 'bad path!');
    await editor.save();
    const reasons = await editor.judged(ids['happy-returns-in'] ?? '', false);
    assert.match(reasons.join(), /Use letters, digits/);
    await editor.edit(ids['happy-returns-in'] ?? '');
    await page.fill('#node-input-path', '/returns/happy-returns');
    await editor.save();
    await editor.judged(ids['happy-returns-in'] ?? '', true);
  });

  it('fills in the D365 nodes, and Test connection answers from the open dialog', async () => {
    const { page } = editor;
    await editor.edit(ids['d365-create-return-order'] ?? '');
    await page.fill('#node-input-warehouse', 'RETQC');
    await page.locator('.node-input-reasons-row .red-ui-editableList-addButton').click();
    await page.locator('.returns-ledger-platform').fill('too-small');
    await page.locator('.returns-ledger-erp').fill('FIT');
    await page.screenshot({ path: join(PICTURES, 'dialog-d365-create-return-order.png') });
    await editor.addConfig('connection');
    await page.fill('#node-config-input-company', 'usrt');
    await page.locator('#node-config-row-test button').click();
    await page.waitForFunction(() =>
      /needs environment address/.test(
        document.querySelector('.returns-ledger-test-result')?.textContent ?? '',
      ),
    );
    await page.selectOption('#node-config-input-product', 'bc');
    const shown = (field: string): Promise<boolean> =>
      page.locator(`#node-config-input-${field}`).isVisible();
    const ofEach = ['environmentUrl', 'posting', 'concurrency', 'bcEnvironment', 'bcConcurrency'];
    assert.deepEqual(await Promise.all(ofEach.map(shown)), [false, false, false, true, true]);
    await page.screenshot({ path: join(PICTURES, 'dialog-d365-connection-bc.png') });
    const ofRoute = ['bcReturnOrderPage', 'bcPostingService', 'bcExactCost', 'bcUnitsPage'];
    assert.deepEqual(await Promise.all(ofRoute.map(shown)), [false, false, false, true]);
    assert.equal(await shown('bcCorrective'), true);
    assert.equal(await page.inputValue('#node-config-input-bcCorrective'), 'never');
    await page.selectOption('#node-config-input-bcRoute', 'return-order');
    assert.deepEqual(await Promise.all(ofRoute.map(shown)), [true, true, true, true]);
    assert.equal(await shown('bcCorrective'), false);
    assert.equal(await page.inputValue('#node-config-input-bcReturnOrderPage'), 'SalesReturnOrder');
    await page.fill('#node-config-input-bcReturnOrderPage', 'no name');
    await page.press('#node-config-input-bcReturnOrderPage', 'Tab');
    assert.match(
      (await page.getAttribute('#node-config-input-bcReturnOrderPage', 'class')) ?? '',
      /input-error/,
    );
    await page.fill('#node-config-input-bcReturnOrderPage', 'SalesReturnOrder');
    await page.screenshot({ path: join(PICTURES, 'dialog-d365-connection-bc-return-order.png') });
    await page.selectOption('#node-config-input-bcRoute', 'credit-memo');
    await page.selectOption('#node-config-input-environment', 'sandbox');
    assert.equal(await shown('bcEnvironment'), false);
    await page.selectOption('#node-config-input-product', 'fscm');
    assert.deepEqual(await Promise.all(ofEach.map(shown)), [false, true, true, false, false]);
    await page.selectOption('#node-config-input-environment', 'live');
    assert.equal(await shown('environmentUrl'), true);
    await page.fill('#node-config-input-environmentUrl', 'https://127.0.0.1:9');
    await page.fill('#node-config-input-tenant', 'contoso');
    await page.fill('#node-config-input-clientId', 'client');
    await page.fill('#node-config-input-clientSecret', 'typed-client-secret');
    await page.selectOption('#node-config-input-environment', 'sandbox');
    await page.selectOption('#node-config-input-store', { label: 'Returns store' });
    await page.locator('#node-config-row-test button').click();
    await page.waitForFunction(() =>
      /no Returns Sandbox node is deployed/.test(
        document.querySelector('.returns-ledger-test-result')?.textContent ?? '',
      ),
    );
    await page.screenshot({ path: join(PICTURES, 'dialog-d365-connection.png') });
    await editor.save();
    await editor.save();
    await editor.judged(ids['d365-create-return-order'] ?? '', true);
    assert.equal((await configIds(editor, 'd365-connection')).length, 1);
  });

  it('fills in the validator and the router; the router’s outputs follow its owners', async () => {
    const { page } = editor;
    await editor.edit(ids['returns-sku-validator'] ?? '');
    await page.selectOption('#node-input-d365', { label: 'D365 usrt' });
    await page.screenshot({ path: join(PICTURES, 'dialog-returns-sku-validator.png') });
    await editor.save();
    await editor.edit(ids['returns-exception-router'] ?? '');
    await page.selectOption('#node-input-store', { label: 'Returns store' });
    await page.locator('.node-input-owners-row .red-ui-editableList-addButton').click();
    await page.locator('.returns-ledger-owner-name').last().fill('night shift');
    await page.screenshot({ path: join(PICTURES, 'dialog-returns-exception-router.png') });
    await editor.save();
    for (const type of ['returns-sku-validator', 'returns-exception-router']) {
      await editor.judged(ids[type] ?? '', true);
    }
    assert.equal(
      await page.locator(`[id="${ids['returns-exception-router'] ?? ''}"] .red-ui-flow-port-output`).count(),
      9,
    );
    await editor.edit(ids['returns-sandbox'] ?? '');
    await page.screenshot({ path: join(PICTURES, 'dialog-returns-sandbox.png') });
    await editor.save();
  });

  it('deploys; each node shows a status, and no secret is in the flows', async () => {
    for (const type of ['happy-returns-account', 'd365-connection', 'returns-store']) {
      for (const id of await configIds(editor, type)) {
        await editor.judged(id, true);
      }
    }
    await editor.deploy();
    await editor.status(ids['happy-returns-in'] ?? '', /waiting/);
    await editor.status(ids['returns-exception-router'] ?? '', /nothing parked/);
    await editor.status(ids['returns-sandbox'] ?? '', /ready/);
    const flows = await (await fetch(`${rehearsal.nodeRed.baseUrl}/flows`)).text();
    assert.doesNotMatch(flows, /typed-webhook-secret|typed-client-secret/);
    assert.match(flows, /"night shift"/);
    assert.match(flows, /"word":"approved","topic":"return\.accepted"/);
    await editor.page.screenshot({ path: join(PICTURES, 'deployed.png') });
  });

  it('Test connection reaches the sandbox once it is deployed', async () => {
    const { page } = editor;
    const [connection = ''] = await configIds(editor, 'd365-connection');
    await editor.editConfig('d365-connection', connection);
    await page.locator('#node-config-row-test button').click();
    await page.waitForFunction(() =>
      /company usrt: connected/.test(
        document.querySelector('.returns-ledger-test-result')?.textContent ?? '',
      ),
    );
    await page.screenshot({ path: join(PICTURES, 'test-connection.png') });
    await editor.save();
  });

  it('met no fault in the page', () => assert.deepEqual(editor.faults, []));
});

for (const dark of [false, true]) {
  const theme = dark ? 'dark' : 'light';
  describe(`the example in the ${theme} theme`, () => {
    let rehearsal: Rehearsal;
    let editor: Editor;
    before(async () => {
      rehearsal = await Rehearsal.start(EMPTY_TAB);
      editor = await Editor.open(rehearsal.nodeRed, dark);
    });
    after(async () => {
      await editor.close();
      await rehearsal.end();
    });

    it(
      'is imported through the dialog, deployed, and shows what happened',
      { timeout: 120_000 },
      async () => {
        const { page } = editor;
        await page.evaluate(() => RED.actions.invoke('core:show-import-dialog'));
        await page.locator('#red-ui-clipboard-dialog-import-text').waitFor();
        await page.fill(
          '#red-ui-clipboard-dialog-import-text',
          readFileSync(join(ROOT, 'examples', 'happy-returns-to-d365.json'), 'utf8'),
        );
        await page.press('#red-ui-clipboard-dialog-import-text', 'End');
        await page.locator('#red-ui-clipboard-dialog-ok').click();
        await page.waitForFunction(() => RED.nodes.filterNodes({ type: 'happy-returns-in' }).length === 1);
        const [receiver = ''] = await editor.idsOf('happy-returns-in');
        await page.evaluate((one) => RED.workspaces.show(RED.nodes.node(one)?.z ?? ''), receiver);
        const [order = ''] = await editor.idsOf('d365-create-return-order');
        const [router = ''] = await editor.idsOf('returns-exception-router');
        await editor.deploy();
        await editor.status(receiver, /waiting/);
        const button = exampleFlow().find((node) => node.id === BUTTON.send);
        const injects = await page.evaluate(
          () => RED.nodes.filterNodes({ type: 'inject' }) as { id: string; name?: string }[],
        );
        const send = injects.find((node) => node.name === button?.['name'])?.id ?? '';
        await rehearsal.nodeRed.inject(send);
        assert.match(await editor.status(order, /24 created/), /1 held · 24 created/);
        assert.match(await editor.status(router, /2 parked/), /2 parked/);
        // Notices fade; the picture is of the flow.
        await page.waitForFunction(
          () => document.querySelectorAll('.red-ui-notification').length === 0,
          undefined,
          { timeout: 30_000 },
        );
        await page.screenshot({ path: join(PICTURES, `example-${theme}.png`) });
        const clip = { x: 215, y: 42, width: 985, height: 780 };
        await page.screenshot({ path: join(PICTURES, `flow-${theme}.png`), clip });
        await editor.edit(order);
        await page.screenshot({ path: join(PICTURES, `example-dialog-${theme}.png`) });
        await editor.save();
        // The example is older than this field; its default is filled in.
        const [sandbox = ''] = await editor.idsOf('returns-sandbox');
        await editor.judged(sandbox, true);
        await editor.edit(sandbox);
        assert.equal(await page.inputValue('#node-input-callsPerMinute'), '200');
        await page.screenshot({ path: join(PICTURES, `example-sandbox-${theme}.png`) });
        await editor.save();
      },
    );

    it('met no fault in the page', () => assert.deepEqual(editor.faults, []));
  });
}

declare const RED: {
  actions: { invoke(name: string): void };
  workspaces: { show(id: string): void };
  nodes: {
    filterNodes(filter: { type: string }): { id: string }[];
    node(id: string): { z?: string } | null;
    eachConfig(visit: (node: { id: string; type: string }) => void): void;
  };
};

function configIds(editor: Editor, type: string): Promise<string[]> {
  return editor.page.evaluate((wanted) => {
    const found: string[] = [];
    RED.nodes.eachConfig((node) => {
      if (node.type === wanted) found.push(node.id);
    });
    return found;
  }, type);
}
