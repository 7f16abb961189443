import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildException, type ExceptionLine, type ReturnException } from '../../nodes/returns/exception';
import { causeOf, thingOf } from '../../nodes/returns/exception-cause';
import type { ExceptionCode } from '../../nodes/returns/exception-catalogue';
import { NOW } from '../support/events';

function raised(
  code: ExceptionCode,
  lines: Partial<ExceptionLine>[] = [],
  brand: string | null = 'acme',
): ReturnException {
  const facts = { code, brand, what: 'x', lines, raisedBy: 'erp-node', raisedAt: NOW };
  return buildException({ ...facts, returnNumber: 'R1', orderNumber: 'O1' });
}

describe('R154: exceptions with one cause are one group', () => {
  it('200 exceptions of 3 causes are 3 groups', () => {
    const causes = Array.from({ length: 200 }, (_, at) => {
      const key = `hr/acme/R${at}/O${at}`;
      if (at % 3 === 0) return causeOf(raised('sku-unknown', [{ sku: 'RUN-42' }]), key);
      if (at % 3 === 1) return causeOf(raised('reason-unmapped', [{ sku: `S${at}`, received: 'wet' }]), key);
      return causeOf(raised('erp-unavailable'), key);
    });
    assert.deepEqual(
      [...new Set(causes)],
      ['sku-unknown|acme|RUN-42', 'reason-unmapped|acme|wet', 'erp-unavailable|acme|erp-node'],
    );
  });

  it('what is shared is the value that is wrong: SKU, reason, tax code, payment method, connection', () => {
    const of = (code: ExceptionCode, line: Partial<ExceptionLine>): string | null =>
      thingOf(causeOf(raised(code, [line]), 'k'));
    assert.equal(of('sku-blocked', { sku: 'A' }), 'A');
    assert.equal(of('tax-unmapped', { sku: 'A', received: 'T20' }), 'T20');
    assert.equal(of('payment-method-unmapped', { received: 'GIFT' }), 'GIFT');
    assert.equal(of('erp-unauthorized', {}), 'erp-node');
    assert.equal(of('amount-mismatch', { sku: 'A' }), null);
  });

  it('what concerns one return is a group of one', () => {
    const keys = ['k1', 'k2'].map((key) => causeOf(raised('order-unknown'), key));
    assert.equal(new Set(keys).size, 2);
    assert.notEqual(causeOf(raised('sku-unknown'), 'k1'), causeOf(raised('sku-unknown'), 'k2'));
  });

  it('another brand has another cause, and no value can be mistaken for two parts', () => {
    const line = [{ sku: 'A' }];
    assert.notEqual(
      causeOf(raised('sku-unknown', line), 'k'),
      causeOf(raised('sku-unknown', line, 'other'), 'k'),
    );
    const odd = causeOf(raised('sku-unknown', [{ sku: '50%|x' }]), 'k');
    assert.equal(odd.split('|').length, 3);
    assert.equal(thingOf(odd), '50%|x');
  });

  it('the order of the lines does not matter, and a very long list stays one distinct key', () => {
    const [a, b] = [{ sku: 'A' }, { sku: 'B' }];
    assert.equal(causeOf(raised('sku-unknown', [a, b]), 'k'), causeOf(raised('sku-unknown', [b, a, a]), 'k'));
    const many = Array.from({ length: 400 }, (_, at) => ({ sku: `SKU-${String(at).padStart(4, '0')}` }));
    const long = causeOf(raised('sku-unknown', many), 'k');
    assert.ok(long.length < 400);
    assert.notEqual(long, causeOf(raised('sku-unknown', many.slice(1)), 'k'));
    assert.notEqual(long, causeOf(raised('sku-unknown', [...many.slice(0, -1), a]), 'k'));
  });
});
