import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { buildException, exceptionSchema } from '../../nodes/returns/exception';
import { CATALOGUE, OWNERS } from '../../nodes/returns/exception-catalogue';

describe('R152: each exception carries an owner, a sentence and the steps that clear it', () => {
  for (const [code, entry] of Object.entries(CATALOGUE)) {
    it(code, () => {
      assert.ok(OWNERS.includes(entry.owner));
      assert.match(entry.sentence, /\{what\}/);
      assert.ok(entry.steps.length > 0);
      for (const step of entry.steps) assert.match(step, /\.$/);
    });
  }

  it('reads as one sentence that names the return', () => {
    const exception = buildException({
      code: 'sku-blocked',
      returnNumber: 'HRQ7K2MD',
      orderNumber: 'AC-50211',
      brand: 'acme-shoes',
      what: 'STOP-42-RED',
      raisedBy: 'test',
      raisedAt: '2026-01-01T00:00:00.000Z',
    });
    assert.deepEqual(exceptionSchema.parse(exception), exception);
    assert.equal(
      exception.summary,
      'Return HRQ7K2MD (order AC-50211): the ERP has stopped STOP-42-RED for sales, so a return cannot be posted.',
    );
  });

  it('every code that a node raises is in the catalogue, and every entry is raised somewhere', () => {
    const sources = join(__dirname, '..', '..', '..', 'nodes');
    const text = readdirSync(sources, { recursive: true })
      .map(String)
      .filter((file) => file.endsWith('.ts') && !file.endsWith('exception-catalogue.ts'))
      .map((file) => readFileSync(join(sources, file), 'utf8'))
      .join('\n');
    for (const code of Object.keys(CATALOGUE))
      assert.ok(text.includes(`'${code}'`), `${code} is raised nowhere`);
  });
});
