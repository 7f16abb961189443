import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, it } from 'node:test';
import { rejectedCredits, sumRejectedCredits, sumUnpaired, unpairedHalves } from '../../nodes/store/halves';
import { openSqliteStore } from '../../nodes/store/sqlite';
import type { Half } from '../../nodes/store/store';
import { explaining } from '../support/explaining';
import { hours } from '../support/halves';

const folder = mkdtempSync(join(tmpdir(), 'returns-halves-'));
after(() => rmSync(folder, { recursive: true, force: true }));

it('sqlite: neither a list nor a sum of unpaired halves walks through what is paired', async () => {
  const file = join(folder, 'store.db');
  await (await openSqliteStore({ file })).close();
  const database = new DatabaseSync(file);
  const pairs: readonly [Half, Half][] = [
    ['credit', 'goods'],
    ['credit', 'stock'],
    ['goods', 'stock'],
    ['stock', 'credit'],
  ];
  for (const [half, without] of pairs) {
    const { reader, plans } = explaining(database);
    await unpairedHalves(reader, { half, without, limit: 10 });
    const overdue = { dueBefore: hours(25), notToldSince: hours(1) };
    await unpairedHalves(reader, { half, without, ...overdue, limit: 10, offset: 10 });
    await sumUnpaired(reader, half, without, [hours(-24), hours(-48)]);
    assert.equal(plans.length, 3);
    for (const plan of plans) {
      assert.match(plan, new RegExp(`^SEARCH halves USING INDEX halves_without_${without} \\(half=\\?\\)`));
    }
  }
  const { reader, plans } = explaining(database);
  await rejectedCredits(reader, { limit: 10 });
  await sumRejectedCredits(reader);
  assert.equal(plans.length, 2);
  for (const plan of plans) assert.match(plan, /USING INDEX halves_rejected/);
  database.close();
});
