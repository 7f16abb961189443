import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, it } from 'node:test';
import { countLeft, membersToCheck } from '../../nodes/store/batch-closing';
import { batchesOfReturn, batchMembers } from '../../nodes/store/batch-reading';
import { openSqliteStore } from '../../nodes/store/sqlite';
import { explaining } from '../support/explaining';

const folder = mkdtempSync(join(tmpdir(), 'returns-batches-'));
after(() => rmSync(folder, { recursive: true, force: true }));

it('sqlite: no single query walks through all members of a large batch', async () => {
  const file = join(folder, 'store.db');
  await (await openSqliteStore({ file })).close();
  const database = new DatabaseSync(file);
  const { reader, plans } = explaining(database);
  await membersToCheck(reader, 'b', 500, 500);
  await batchMembers(reader, 'b', { after: 500, limit: 500 });
  await countLeft(reader, 'b');
  await batchesOfReturn(reader, 'r');
  const [check, page, left, ofReturn] = plans;
  for (const plan of [check, page]) assert.match(plan ?? '', /\(batch_id=\? AND place>\?\)/);
  for (const plan of [check, page]) assert.doesNotMatch(plan ?? '', /TEMP B-TREE|SCAN batch_members/);
  assert.match(left ?? '', /batch_members_left \(batch_id=\?/);
  assert.match(ofReturn ?? '', /batch_members_of_return \(return_key=\?/);
  database.close();
});
