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
const D365 = 'd365000000000001';
const OLD_VALIDATOR = 'validator0000001';
/** A sandbox that is deployed, and what a flow of the version before Brightpearl looks like. */
const FLOWS = [
  { id: TAB, type: 'tab', label: 'Brightpearl' },
  { id: STORE, type: 'returns-store', name: 'Returns store', driver: 'sqlite', file: 'brightpearl' },
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
  {
    id: D365,
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
    id: OLD_VALIDATOR,
    type: 'returns-sku-validator',
    z: TAB,
    erp: 'd365',
    d365: D365,
    maxAgeMinutes: 60,
    x: 330,
    y: 60,
    wires: [[], []],
  },
];

describe('Brightpearl in the editor', () => {
  let rehearsal: Rehearsal;
  let editor: Editor;
  let page: Page;
  let credit = '';
  let validator = '';
  before(async () => {
    rehearsal = await Rehearsal.start(FLOWS);
    editor = await Editor.open(rehearsal.nodeRed);
    ({ page } = editor);
    credit = await editor.drag('brightpearl-sales-credit', 330, 160);
    validator = await editor.drag('returns-sku-validator', 130, 160);
  });
  after(async () => {
    await editor.close();
    await rehearsal.end();
  });

  const field = (name: string): Locator => page.locator(`#node-input-${name}`);
  const setting = (name: string): Locator => page.locator(`#node-config-input-${name}`);
  /** Fills a field in and leaves it, as a person does: the editor judges a value when its field is left. */
  const put = async (input: Locator, text: string): Promise<void> => {
    await input.fill(text);
    await input.press('Tab');
  };
  const wrong = async (input: Locator): Promise<boolean> =>
    ((await input.getAttribute('class')) ?? '').includes('input-error');
  const result = (pattern: RegExp): Promise<unknown> =>
    page.waitForFunction(
      (source) =>
        new RegExp(source).test(document.querySelector('.returns-ledger-test-result')?.textContent ?? ''),
      pattern.source,
    );
  const test = async (pattern: RegExp): Promise<void> => {
    await page.locator('#node-config-row-test button').click();
    await result(pattern);
  };

  describe('the account', () => {
    const liveOnly = [
      ...['dataCentre', 'account', 'appRef', 'authKind', 'token', 'instanceId', 'apiUrl'],
      ...['devRef', 'clientSecret', 'oauthUrl'],
    ];

    it('asks for what the environment needs, and for nothing else', async () => {
      await editor.edit(credit);
      await editor.addConfig('account');
      for (const name of liveOnly) assert.ok(await setting(name).isVisible(), name);
      assert.equal(await page.locator('.returns-ledger-sandbox-only').isVisible(), false);
      await setting('environment').selectOption('sandbox');
      for (const name of liveOnly) assert.equal(await setting(name).isVisible(), false, name);
      assert.ok(await page.locator('.returns-ledger-sandbox-only').isVisible());
      await setting('environment').selectOption('live');
      assert.ok(await setting('token').isVisible());
    });

    it('tells about system apps where one is chosen', async () => {
      const note = page.locator('.returns-ledger-system-app');
      assert.equal(await setting('authKind').inputValue(), 'oauth');
      assert.equal(await note.isVisible(), false);
      await setting('authKind').selectOption('system');
      assert.match((await note.textContent()) ?? '', /phasing system apps out/);
      assert.ok(await note.isVisible());
      await setting('authKind').selectOption('staff');
      for (const name of ['devRef', 'clientSecret', 'oauthUrl']) {
        assert.equal(await setting(name).isVisible(), false, name);
      }
    });

    it('says of each field what it wants', async () => {
      await test(/needs data centre, account code, app reference, token, installed integration instance ID/);
      await put(setting('dataCentre'), 'https://euw1.brightpearl.com');
      assert.ok(await wrong(setting('dataCentre')));
      await test(/dataCentre: is the short name only, such as euw1$/);
      await put(setting('dataCentre'), '');
      assert.ok(await wrong(setting('dataCentre')));
      await put(setting('apiUrl'), 'http://brightpearl.example');
      assert.ok(await wrong(setting('apiUrl')));
      await put(setting('apiUrl'), 'https://brightpearl.example');
      assert.equal(await wrong(setting('apiUrl')), false);
      assert.equal(await wrong(setting('dataCentre')), false, 'the address takes its place');
      await put(setting('apiUrl'), '');
      await put(setting('dataCentre'), 'euw1');
      await put(setting('instanceId'), '0');
      assert.ok(await wrong(setting('instanceId')));
      await put(setting('instanceId'), '7');
      assert.equal(await wrong(setting('instanceId')), false);
      await put(setting('callsPerMinute'), '0');
      assert.ok(await wrong(setting('callsPerMinute')));
      await put(setting('callsPerMinute'), '200');
    });

    it('keeps the fields that an order is looked for by in their order', async () => {
      const keys = page.locator('.node-config-input-orderKeys-row select');
      const add = page.locator('.node-config-input-orderKeys-row .red-ui-editableList-addButton');
      assert.deepEqual(await values(keys), ['reference']);
      await add.click();
      await add.click();
      assert.deepEqual(await values(keys), ['reference', 'external', 'order-id']);
      await keys.nth(0).selectOption('order-id');
      await keys.nth(2).selectOption('reference');
      await page.setViewportSize({ width: 1500, height: 1500 });
      await page.screenshot({ path: join(PICTURES, 'dialog-brightpearl-account.png') });
      await page.setViewportSize({ width: 1500, height: 950 });
    });

    it('Test connection works with what stands in the dialog', async () => {
      await put(setting('token'), 'typed-brightpearl-token');
      await setting('environment').selectOption('sandbox');
      await put(setting('lockedStatuses'), 'no such status');
      await test(/The account has no order status no such status/);
      await put(setting('lockedStatuses'), '');
      await test(/Brightpearl, account sandbox: connected/);
      await page.screenshot({ path: join(PICTURES, 'test-connection-brightpearl.png') });
    });

    it('is saved with its store, and the token never comes back', async () => {
      await setting('store').selectOption(STORE);
      await editor.save();
      await editor.save();
      await editor.judged(credit, true);
      await editor.edit(validator);
      await field('erp').selectOption('brightpearl');
      await field('brightpearl').selectOption({ label: 'Brightpearl sandbox' });
      await editor.save();
      await editor.deploy();
      const { text, nodes } = await deployed();
      assert.doesNotMatch(text, /typed-brightpearl-token/);
      const account = nodes.find(({ type }) => type === 'brightpearl-account');
      assert.ok(account);
      assert.deepEqual(account['orderKeys'], ['order-id', 'external', 'reference']);
      const secrets = await fetch(
        `${rehearsal.nodeRed.baseUrl}/credentials/brightpearl-account/${account.id}`,
      );
      assert.deepEqual(await secrets.json(), { has_clientSecret: false, has_token: true });
      await editor.reload();
      await editor.editConfig('brightpearl-account', account.id);
      await page.waitForFunction(
        () => document.querySelector<HTMLInputElement>('#node-config-input-token')?.value === '__PWRD__',
      );
      await setting('environment').selectOption('live');
      assert.equal(await setting('token').getAttribute('type'), 'password');
      assert.deepEqual(await values(page.locator('.node-config-input-orderKeys-row select')), [
        'order-id',
        'external',
        'reference',
      ]);
      await page.locator('#node-config-dialog-cancel').click();
      await page.waitForSelector('#node-config-dialog-cancel', { state: 'detached' });
    });
  });

  describe('the sales credit', () => {
    const rowsOf = (table: string): Locator =>
      page.locator(`.node-input-${table}-row .red-ui-editableList-item-content`);
    const add = async (table: string, ...texts: string[]): Promise<void> => {
      await page.locator(`.node-input-${table}-row .red-ui-editableList-addButton`).click();
      // A new row has the focus, so that it can be filled in without the mouse.
      for (const [index, text] of texts.entries()) {
        if (index > 0) await page.keyboard.press('Tab');
        await page.keyboard.type(text);
      }
    };

    it('shows what matters for the choices that are made', async () => {
      await editor.edit(credit);
      const shown = (selector: string): Promise<boolean> => page.locator(selector).first().isVisible();
      assert.equal(await shown('.returns-ledger-early-only'), false);
      for (const [timing, early] of [
        ['on-initiation', true],
        ['on-scan', true],
        ['on-received', false],
        ['on-accepted', false],
      ] as const) {
        await field('creditOn').selectOption(timing);
        assert.equal(await shown('.returns-ledger-early-only'), early, timing);
      }
      assert.ok(await field('othersDays').isVisible());
      await field('others').selectOption('count');
      assert.equal(await field('othersDays').isVisible(), false);
      assert.equal(await field('authorisedStatus').isVisible(), false);
      assert.equal(await field('authoriseUpTo').isVisible(), false);
      await field('invoice').selectOption('at-once');
      assert.ok(await field('authorisedStatus').isVisible());
      assert.equal(await field('authoriseUpTo').isVisible(), false);
      await put(field('authorisedStatus'), '22');
      assert.ok(await field('authoriseUpTo').isVisible());
      assert.equal(await shown('.node-input-methods-row'), false);
      assert.equal(await field('refundOutcomes').isVisible(), false);
      await field('refund').check();
      assert.ok(await shown('.node-input-methods-row'));
      assert.ok(await field('refundOutcomes').isVisible());
    });

    it('names what is wrong with a value, and how it must be', async () => {
      const cases = [
        ['orderPattern', 'AC-(\\d+', 'AC-(\\d+)', /Order numbers: .*regular expression/],
        ['timeZone', 'London', 'Europe/London', /Time zone: .*Europe\/London/],
        ['authoriseUpTo', '250,00', '250.00', /Authorise up to: .*250\.00/],
        ['toleranceMinor', '1.5', '5', /Price tolerance: .*whole pence/],
        ['goodsWithinDays', '400', '21', /Goods due within: .*0 to 365/],
        ['creditWithinHours', '', '72', /Credit due within: .*0 to 8760/],
        ['refundOutcomes', ' , ', 'original-payment', /Shopper chose: .*original-payment/],
      ] as const;
      for (const [name, bad] of cases) {
        await put(field(name), bad);
        assert.ok(await wrong(field(name)), name);
      }
      await editor.save();
      const reasons = await editor.judged(credit, false);
      for (const [name, , , message] of cases)
        assert.ok(
          reasons.some((reason) => message.test(reason)),
          `${name}: ${reasons.join(' | ')}`,
        );
      await editor.edit(credit);
      for (const [name, , good] of cases) {
        await put(field(name), good);
        assert.equal(await wrong(field(name)), false, name);
      }
      await editor.save();
      await editor.judged(credit, true);
    });

    it('keeps an incomplete row and says which one it is; a name stands in a table once', async () => {
      await editor.edit(credit);
      await add('fees', 'return-fee', 'Return label', '4900');
      await field('nominalCode').focus();
      assert.ok(await wrong(rowsOf('fees').locator('.returns-ledger-taxCode')));
      await add('reasons', 'too-small', '20');
      await add('reasons', 'too-small');
      await add('substitutes');
      await editor.save();
      const reasons = (await editor.judged(credit, false)).join();
      assert.match(reasons, /Fees that lower the credit, row 1: fill in every column/);
      assert.match(reasons, /Return reasons and statuses of the credit: “too-small” stands there twice/);
      assert.doesNotMatch(reasons, /Items sent instead/, 'an empty row is no row');
      await editor.edit(credit);
      assert.equal(await rowsOf('fees').count(), 1);
      await put(rowsOf('fees').locator('.returns-ledger-taxCode'), 'T20');
      await put(rowsOf('reasons').nth(1).locator('.returns-ledger-platform'), 'damaged');
      await editor.save();
      await editor.judged(credit, true);
    });

    it('saves each table and shows it again', async () => {
      await editor.edit(credit);
      await put(rowsOf('reasons').nth(1).locator('.returns-ledger-status'), '23');
      await add('reasons', 'changed-mind');
      await page.keyboard.press('Alt+ArrowUp');
      await add('substitutes', 'TEE-42-RED-V2', 'TEE-42-RED');
      await add('fees', 'restocking', 'Restocking', '4900', 'T20');
      await add('methods', 'WEB_PAY', 'WEB_PAY');
      await add('methods', 'GIFT_CARD', 'GIFT_CARD');
      await page.keyboard.press('Alt+ArrowUp');
      await page.setViewportSize({ width: 1500, height: 2300 });
      await page.screenshot({ path: join(PICTURES, 'dialog-brightpearl-sales-credit.png') });
      await page.setViewportSize({ width: 1500, height: 950 });
      await editor.save();
      await editor.judged(credit, true);
      await editor.deploy();
      const stored = (await deployed()).nodes.find(({ id }) => id === credit) ?? { id: '', type: '' };
      const tables = {
        reasons: [
          { platform: 'too-small', status: '20' },
          { platform: 'changed-mind', status: '' },
          { platform: 'damaged', status: '23' },
        ],
        substitutes: [{ returned: 'TEE-42-RED-V2', sold: 'TEE-42-RED' }],
        fees: [
          { fee: 'return-fee', name: 'Return label', nominalCode: '4900', taxCode: 'T20' },
          { fee: 'restocking', name: 'Restocking', nominalCode: '4900', taxCode: 'T20' },
        ],
        methods: [
          { paid: 'GIFT_CARD', refund: 'GIFT_CARD' },
          { paid: 'WEB_PAY', refund: 'WEB_PAY' },
        ],
      };
      await editor.edit(credit);
      for (const [table, rows] of Object.entries(tables)) {
        assert.deepEqual(stored[table], rows, table);
        const cells = page.locator(`.node-input-${table}-row input`);
        assert.deepEqual(
          await values(cells),
          rows.flatMap((row) => Object.values(row)),
          table,
        );
        for (const label of await cells.evaluateAll((all) =>
          all.map((cell) => cell.getAttribute('aria-label')),
        ))
          assert.ok(label);
      }
      await rowsOf('substitutes').locator('xpath=..').locator('.red-ui-editableList-item-remove').click();
      await editor.save();
      await editor.edit(credit);
      assert.equal(await rowsOf('substitutes').count(), 0, 'a row that fades out is not saved');
      await editor.save();
    });

    it('does not complain about what is not on show', async () => {
      await editor.edit(credit);
      await field('others').selectOption('stop');
      await put(field('othersDays'), '-1');
      await put(field('authoriseUpTo'), 'much');
      await add('methods', 'half a row');
      await field('others').selectOption('count');
      await field('invoice').selectOption('never');
      await field('refund').uncheck();
      await editor.save();
      await editor.judged(credit, true);
    });

    it('starts after the deploy: its settings are read as the dialog saved them', async () => {
      await editor.deploy();
      await editor.status(credit, /waiting|0 credited/);
      assert.doesNotMatch(rehearsal.nodeRed.log, /need attention/);
    });

    it('has three outputs with names', async () => {
      assert.equal(await page.locator(`[id="${credit}"] .red-ui-flow-port-output`).count(), 3);
    });
  });

  describe('the validator', () => {
    it('of an older flow is set up right as it is, and shows Dynamics 365', async () => {
      await editor.judged(OLD_VALIDATOR, true);
      await editor.edit(OLD_VALIDATOR);
      assert.equal(await field('erp').inputValue(), 'd365');
      assert.equal(await field('d365').inputValue(), D365);
      assert.equal(await field('brightpearl').isVisible(), false);
      await editor.save();
      await editor.judged(OLD_VALIDATOR, true);
    });

    it('needs the connection of the ERP that is chosen, and keeps that one only', async () => {
      const stored = (await deployed()).nodes.find(({ id }) => id === validator);
      assert.equal(stored?.['d365'], '');
      await editor.judged(validator, true);
      await editor.edit(validator);
      assert.equal(await field('erp').inputValue(), 'brightpearl');
      assert.equal(await field('d365').isVisible(), false);
      await page.screenshot({ path: join(PICTURES, 'dialog-validator-brightpearl.png') });
      await field('erp').selectOption('d365');
      assert.ok(await field('d365').isVisible());
      await editor.save();
      assert.match((await editor.judged(validator, false)).join(), /Choose the connection to the ERP/);
      await editor.edit(validator);
      await field('d365').selectOption(D365);
      await editor.save();
      await editor.judged(validator, true);
    });
  });

  it('met no fault in the page', () => assert.deepEqual(editor.faults, []));

  async function deployed(): Promise<{ text: string; nodes: StoredNode[] }> {
    const text = await (await fetch(`${rehearsal.nodeRed.baseUrl}/flows`)).text();
    return { text, nodes: JSON.parse(text) as StoredNode[] };
  }
});

describe('Brightpearl in the dark theme', () => {
  it('can be read', async () => {
    const rehearsal = await Rehearsal.start(FLOWS);
    const editor = await Editor.open(rehearsal.nodeRed, true);
    try {
      const { page } = editor;
      await page.setViewportSize({ width: 1500, height: 2200 });
      const credit = await editor.drag('brightpearl-sales-credit', 330, 160);
      await editor.edit(credit);
      await page.selectOption('#node-input-creditOn', 'on-scan');
      await page.selectOption('#node-input-invoice', 'on-accepted');
      await page.check('#node-input-refund');
      for (const table of ['reasons', 'fees', 'methods'])
        await page.locator(`.node-input-${table}-row .red-ui-editableList-addButton`).click();
      await page.screenshot({ path: join(PICTURES, 'dialog-brightpearl-sales-credit-dark.png') });
      await editor.addConfig('account');
      await page.selectOption('#node-config-input-authKind', 'system');
      await page.screenshot({ path: join(PICTURES, 'dialog-brightpearl-account-dark.png') });
      assert.deepEqual(editor.faults, []);
    } finally {
      await editor.close();
      await rehearsal.end();
    }
  });
});

type StoredNode = Record<string, unknown> & { id: string; type: string };

function values(inputs: Locator): Promise<string[]> {
  return inputs.evaluateAll((all) => all.map((one) => (one as HTMLInputElement | HTMLSelectElement).value));
}
