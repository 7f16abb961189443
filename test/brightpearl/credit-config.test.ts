import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  creditConfigSchema,
  creditPolicyOf,
  invoicePolicyOf,
  refundPolicyOf,
  type CreditConfig,
} from '../../nodes/brightpearl/credit-config';
import { orderReference } from '../../nodes/returns/posting-checks';
import { brightpearlSettingsSchema } from '../../nodes/brightpearl/settings';
import { dialogDefaults } from '../support/dialog-defaults';
import { event, line } from '../support/events';

const ACCOUNT = { account: 'account-1' };

function config(settings: Record<string, unknown> = {}): CreditConfig {
  return creditConfigSchema.parse({ ...ACCOUNT, ...settings });
}

/** What the node says of wrong settings: each with the name of its field. */
function faults(settings: Record<string, unknown>): string[] {
  const parsed = creditConfigSchema.safeParse({ ...ACCOUNT, ...settings });
  return parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

describe('the dialog and the node', () => {
  const dialog = dialogDefaults('brightpearl/brightpearl-sales-credit.html');
  const account = dialogDefaults('brightpearl/brightpearl-account.html');

  it('know the same settings', () => {
    assert.deepEqual(Object.keys(dialog).sort(), Object.keys(creditConfigSchema.shape).sort());
    assert.deepEqual(
      Object.keys(account).sort(),
      [...Object.keys(brightpearlSettingsSchema.shape), 'store'].sort(),
    );
  });

  it('start from the same defaults', () => {
    assert.deepEqual(config({ ...dialog, ...ACCOUNT }), config());
    assert.deepEqual(brightpearlSettingsSchema.parse(account), brightpearlSettingsSchema.parse({}));
  });

  it('ask for an account', () => {
    assert.deepEqual(faults({ ...dialog }), ['account: choose a Brightpearl account']);
  });
});

describe('defaults keep the money in', () => {
  it('credit when the goods are accepted, stop at credits of others, invoice and refund nothing', () => {
    const { creditOn, others, invoice, refund, invoiceRule, closedPeriod, historicalOrders } = config();
    assert.deepEqual(
      { creditOn, others, invoice, refund, invoiceRule, closedPeriod, historicalOrders },
      {
        creditOn: 'on-accepted',
        others: 'stop',
        invoice: 'never',
        refund: false,
        invoiceRule: 'invoiced',
        closedPeriod: 'defer',
        historicalOrders: false,
      },
    );
  });
});

describe('a blank field', () => {
  it('is no number, no pattern and no limit', () => {
    for (const blank of ['', ' ', 0, null]) {
      const { warehouseId, authorisedStatus } = config({ warehouseId: blank, authorisedStatus: blank });
      assert.deepEqual({ warehouseId, authorisedStatus }, { warehouseId: null, authorisedStatus: null });
    }
    assert.equal(config({ orderPattern: ' ' }).orderPattern, null);
    assert.equal(config({ authoriseUpTo: ' ' }).authoriseUpTo, null);
  });

  it('is what a number field may give as a text as well', () => {
    const { warehouseId, authorisedStatus, othersDays } = config({
      warehouseId: '3',
      authorisedStatus: 22,
      othersDays: '7',
    });
    assert.deepEqual(
      { warehouseId, authorisedStatus, othersDays },
      { warehouseId: 3, authorisedStatus: 22, othersDays: 7 },
    );
  });

  it('in a row of reasons leaves the status to the account', () => {
    const policy = creditPolicyOf(config({ reasons: [{ platform: 'damaged', status: '' }] }));
    assert.ok(policy.reasons.has('damaged'));
    assert.equal(policy.statusOf(returnFor('damaged')), null);
  });

  it('in any other table is named with its row and column', () => {
    assert.deepEqual(
      faults({ fees: [{ fee: 'return-fee', name: 'Return label', nominalCode: '4900', taxCode: ' ' }] }),
      ['fees.0.taxCode: must be filled in'],
    );
    assert.deepEqual(faults({ methods: [{ paid: 'WEB_PAY', refund: '' }] }), [
      'methods.0.refund: must be filled in',
    ]);
    assert.deepEqual(faults({ substitutes: [{ returned: '', sold: 'A' }] }), [
      'substitutes.0.returned: must be filled in',
    ]);
  });
});

describe('a wrong value is named with its field and what would be right', () => {
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ orderPattern: 'AC-(\\d+' }, /^orderPattern: is not a regular expression$/],
    [{ timeZone: 'London' }, /^timeZone: is not a time zone, such as Europe\/London$/],
    [{ timeZone: '' }, /^timeZone: is not a time zone, such as Europe\/London$/],
    [{ authoriseUpTo: '250,00' }, /^authoriseUpTo: must be an amount such as 250\.00, or blank$/],
    [{ authoriseUpTo: '-1' }, /^authoriseUpTo: must be an amount such as 250\.00, or blank$/],
    [{ warehouseId: 'main' }, /^warehouseId: must be a whole number, or blank$/],
    [{ warehouseId: '1.5' }, /^warehouseId: must be a whole number, or blank$/],
    [{ authorisedStatus: '-3' }, /^authorisedStatus: must be a whole number, or blank$/],
    [{ reasons: [{ platform: 'x', status: 'Refund' }] }, /^reasons\.0\.status: must be a whole number/],
    [{ toleranceMinor: -1 }, /^toleranceMinor: .*>=0/],
    [{ toleranceMinor: 0.5 }, /^toleranceMinor: .*int/],
    [{ othersDays: 4000 }, /^othersDays: .*<=3650/],
    [{ goodsWithinDays: 'soon' }, /^goodsWithinDays: .*number/],
    [{ creditWithinHours: 9000 }, /^creditWithinHours: .*<=8760/],
    [{ creditOn: 'whenever' }, /^creditOn: .*"on-accepted"/],
    [{ invoice: 'later' }, /^invoice: .*"at-once"/],
    [{ others: 'ignore' }, /^others: .*"count"/],
  ];
  for (const [settings, pattern] of cases) {
    it(JSON.stringify(settings), () => {
      const said = faults(settings);
      assert.equal(said.length, 1);
      assert.match(said[0] ?? '', pattern);
    });
  }
});

describe('what the settings mean', () => {
  it('an order number must fit the pattern as a whole; a group in it is what is looked for', () => {
    const { orderPattern } = config({ orderPattern: '#?(\\d+)' });
    assert.ok(orderPattern);
    assert.ok(orderPattern.test('#50001'));
    assert.equal(orderPattern.test('#50001-B'), false);
    assert.equal(orderReference('#50001', orderPattern), '50001');
    assert.equal(orderReference('AC-1', config({ orderPattern: 'AC-\\d|B' }).orderPattern), 'AC-1');
    assert.equal(config({ orderPattern: 'A|B' }).orderPattern?.test('AX'), false);
  });

  it('of several reasons the row that stands first decides the status (R64)', () => {
    const policy = creditPolicyOf(
      config({
        reasons: [
          { platform: 'damaged', status: '23' },
          { platform: 'too-small', status: '20' },
        ],
      }),
    );
    assert.equal(policy.statusOf(returnFor('too-small', 'damaged')), 23);
    assert.equal(policy.statusOf(returnFor('too-small')), 20);
    assert.equal(policy.statusOf(returnFor('other')), null);
  });

  it('SKUs and fees are known in any case, payment methods as they are written', () => {
    const settings = config({
      substitutes: [{ returned: 'TEE-V2', sold: 'TEE' }],
      fees: [{ fee: 'Return-Fee', name: 'Label', nominalCode: '4900', taxCode: 'T20' }],
      methods: [{ paid: 'WEB_PAY', refund: 'GIFT_CARD' }],
    });
    const { rules } = creditPolicyOf(settings);
    assert.deepEqual([...rules.substitutes], [['tee-v2', 'tee']]);
    assert.deepEqual(rules.fees.get('return-fee'), { name: 'Label', nominalCode: '4900', taxCode: 'T20' });
    assert.deepEqual([...refundPolicyOf(settings).methods], [['WEB_PAY', 'GIFT_CARD']]);
  });

  it('what the shopper chose is a list, with commas or spaces, in any case', () => {
    const { outcomes } = refundPolicyOf(config({ refundOutcomes: 'Original-Payment, store_credit; gift' }));
    assert.deepEqual([...outcomes], ['original-payment', 'store_credit', 'gift']);
  });

  it('the amount that the flow may authorise is kept as it was typed, for the credit has the currency', () => {
    assert.equal(invoicePolicyOf(config({ authoriseUpTo: '250' })).authoriseUpTo, '250');
    assert.equal(invoicePolicyOf(config({ authoriseUpTo: '' })).authoriseUpTo, null);
  });
});

function returnFor(...reasons: string[]): ReturnType<typeof event> {
  return event({
    lines: reasons.map((code, index) => line({ id: `line-${index}`, reason: { code, text: null } })),
  });
}
