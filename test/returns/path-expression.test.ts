import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parsePath, valueAt } from '../../nodes/returns/path-expression';

describe('a path to a value of a message', () => {
  const message = {
    payload: { brand: 'acme', lines: [{ warehouse: 'N', 'a b': 1 }] },
    length: 3,
  };
  const find = (path: string): unknown => valueAt(parsePath(path), message);

  it('goes through objects and lists', () => {
    assert.equal(find('payload.brand'), 'acme');
    assert.equal(find(' msg.payload.lines[0].warehouse '), 'N');
    assert.equal(find(`payload['lines'][0]["a b"]`), 1);
    assert.equal(find('payload.lines[1].warehouse'), undefined);
    assert.equal(find('payload.brand.length'), undefined);
  });

  it('sees only what is an object’s own', () => {
    for (const path of ['constructor', 'payload.__proto__', 'payload.lines.map', "payload['toString']"]) {
      assert.equal(find(path), undefined, path);
    }
  });

  it('is nothing but a path', () => {
    for (const wrong of [
      '',
      'msg.',
      '.payload',
      'payload.',
      'payload..brand',
      'payloadbrand()',
      'a b',
      'a[x]',
      'a[-1]',
    ]) {
      assert.throws(() => parsePath(wrong), { code: 'path-invalid' }, wrong);
    }
    assert.throws(() => parsePath('x'.repeat(300)), { code: 'path-invalid' });
  });
});
