import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { entryOf } from '../../../nodes/returns/exception-catalogue';

it('C1: the guide tells all 18 failures, with exceptions that there are and their owners', () => {
  const guide = readFileSync(join(process.cwd(), 'docs/dynamics365.md'), 'utf8');
  const [, table = ''] = guide.split('## What can go wrong, and what you see');
  const rows = table.split('\n').filter((line) => /^\| \d+ \|/.test(line));
  assert.deepEqual(
    rows.map((row) => Number(row.split('|')[1])),
    Array.from({ length: 18 }, (_, at) => at + 1),
  );
  const wrong = rows.flatMap((row) => {
    const named = [...(row.split('|')[3] ?? '').matchAll(/`([a-z-]+)` \(([^)]+)\)/g)];
    assert.ok(named.length > 0, row);
    assert.equal((row.match(/`/g) ?? []).length, named.length * 2, `each code has its owner: ${row}`);
    return named.filter(([, code = '', owner]) => entryOf(code)?.owner !== owner).map(([all]) => all);
  });
  assert.deepEqual(wrong, []);
});
