import assert from 'node:assert/strict';
import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import { openSqliteStore } from '../../nodes/store/sqlite';
import { SqliteDatabase } from '../../nodes/store/sqlite-database';
import { intake, newEvent, NOW } from '../support/events';
import { storeConformance, type OpenedStore } from './conformance';
import { boardConformance } from './conformance-board';
import { exceptionsConformance } from './conformance-exceptions';
import { batchConformance } from './conformance-batches';
import { divisionsConformance } from './conformance-divisions';
import { gatesConformance } from './conformance-gates';
import { halvesConformance } from './conformance-halves';
import { mappingsConformance } from './conformance-mappings';
import { workConformance } from './conformance-work';
import { assertNewestEventsAreFound, BACK_TO_SCHEMA_7 } from './earlier-schema';

const folder = mkdtempSync(join(tmpdir(), 'returns-store-'));
let files = 0;
const newFile = (): string => join(folder, `case-${(files += 1)}`, 'store.db');
after(() => rmSync(folder, { recursive: true, force: true }));

const openFresh = async (options: { maxBytes?: number } = {}): Promise<OpenedStore> => {
  const file = newFile();
  const store = await openSqliteStore({ file, ...options });
  return {
    store,
    reopen: async () => {
      await store.close();
      return openSqliteStore({ file });
    },
  };
};
storeConformance('sqlite', () => openFresh());
workConformance('sqlite', openFresh);
halvesConformance('sqlite', () => openFresh());
exceptionsConformance('sqlite', () => openFresh());
boardConformance('sqlite', () => openFresh());
batchConformance('sqlite', () => openFresh());
mappingsConformance('sqlite', () => openFresh());
gatesConformance('sqlite', () => openFresh());
divisionsConformance('sqlite', () => openFresh());

/** Starts the writer child; it prints each event id once the store has acknowledged it. */
function startWriter(file: string): {
  child: ChildProcess;
  acknowledged: string[];
  grown: (to: number) => Promise<void>;
} {
  const child = fork(join(__dirname, 'writer-process.js'), [file], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const acknowledged: string[] = [];
  const waiting: { to: number; resolve: () => void }[] = [];
  child.on('message', (id: string) => {
    acknowledged.push(id);
    for (const entry of waiting.splice(0)) {
      if (acknowledged.length >= entry.to) entry.resolve();
      else waiting.push(entry);
    }
  });
  return {
    child,
    acknowledged,
    grown: (to) =>
      new Promise((resolve) => (acknowledged.length >= to ? resolve() : void waiting.push({ to, resolve }))),
  };
}

const killed = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });

describe('sqlite: what a process that dies leaves behind', () => {
  it('12 hard kills: what was acknowledged is stored, once, and the file is sound', async () => {
    const file = newFile();
    const acknowledged = new Set<string>();
    for (let round = 0; round < 12; round += 1) {
      const writer = startWriter(file);
      await writer.grown(20 + round * 7);
      await killed(writer.child);
      for (const id of writer.acknowledged) acknowledged.add(id);
    }
    const store = await openSqliteStore({ file });
    const stored = (await store.takeDeliveries('in-1', { each: 1_000_000 }, NOW)).map(
      (delivery) => delivery.event.id,
    );
    assert.equal(new Set(stored).size, stored.length);
    for (const id of acknowledged) assert.ok(stored.includes(id), `${id} was acknowledged and is lost`);
    assert.ok(acknowledged.size > 300);
    await store.close();
    const database = new DatabaseSync(file, { readOnly: true });
    assert.deepEqual(
      database
        .prepare('PRAGMA integrity_check')
        .all()
        .map((row) => row['integrity_check']),
      ['ok'],
    );
    database.close();
  });

  it('a second process is refused with a clear sentence, and not after the first was killed', async () => {
    const file = newFile();
    const writer = startWriter(file);
    await writer.grown(1);
    await assert.rejects(openSqliteStore({ file }), (error: Error & { code: string }) => {
      assert.equal(error.code, 'store-in-use');
      assert.match(
        error.message,
        new RegExp(
          `^The returns store store\\.db is in use by another Node-RED \\(process ${writer.child.pid} on .+ since .+\\)\\. One store file serves one Node-RED; give this one a file of its own\\.$`,
        ),
      );
      return true;
    });
    await killed(writer.child);
    await (await openSqliteStore({ file })).close();
  });

  it('a second opening in this process is refused as well', async () => {
    const file = newFile();
    const store = await openSqliteStore({ file });
    await assert.rejects(openSqliteStore({ file }), { code: 'store-in-use' });
    await store.close();
    await (await openSqliteStore({ file })).close();
  });
});

describe('sqlite: the file', () => {
  it('can be read by its owner only', async () => {
    const file = newFile();
    const store = await openSqliteStore({ file });
    await store.accept(intake([newEvent()]));
    const parent = join(file, '..');
    for (const name of readdirSync(parent)) assert.equal(statSync(join(parent, name)).mode & 0o077, 0, name);
    assert.equal(statSync(parent).mode & 0o077, 0);
    await store.close();
  });

  it('of a newer version is refused with a clear sentence', async () => {
    const file = newFile();
    await (await openSqliteStore({ file })).close();
    const database = new DatabaseSync(file);
    database.exec(`UPDATE meta SET value = '999' WHERE name = 'schema'`);
    database.close();
    await assert.rejects(openSqliteStore({ file }), { code: 'store-newer' });
  });

  it('of an earlier version is brought up to date with what it holds', async () => {
    const file = newFile();
    const store = await openSqliteStore({ file });
    await assertNewestEventsAreFound(store, async () => {
      await store.close();
      const database = new DatabaseSync(file);
      for (const statement of BACK_TO_SCHEMA_7) database.exec(statement);
      database.close();
      return openSqliteStore({ file });
    });
  });

  it('R223: holds no erased person any more', async () => {
    const file = newFile();
    const store = await openSqliteStore({ file });
    const token = store.personToken('canary@example.com');
    const base = intake([newEvent({ customerToken: token })]);
    await store.accept({ ...base, people: [{ token, data: { email: 'canary@example.com' }, seenAt: NOW }] });
    await store.erasePerson(token);
    await store.close();
    for (const name of readdirSync(join(file, '..'))) {
      assert.ok(!readFileSync(join(file, '..', name)).includes('canary@example.com'), name);
    }
  });

  it('on a Node.js without SQLite is refused with one clear sentence', () => {
    const script = `process.getBuiltinModule = () => undefined;
      require(${JSON.stringify(join(__dirname, '../../nodes/store/sqlite.js'))})
        .openSqliteStore({ file: ${JSON.stringify(newFile())} }).catch((e) => console.log(e.code + '|' + e.message));`;
    const { stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    assert.match(
      stdout,
      /^node-too-old\|This Node\.js \(v\d+\.\d+\.\d+\) has no built-in SQLite; the returns store needs Node\.js 22\.13 or newer \(24 recommended\)\s*$/,
    );
  });
});

describe('sqlite: group commit', () => {
  it('writes of one turn share one transaction, and one that fails does not sink the others', async () => {
    const database = new SqliteDatabase('sqlite', join(mkdtempSync(join(folder, 'group-')), 'x.db'));
    await database.write((sql) => sql.run('CREATE TABLE t (n INTEGER PRIMARY KEY)'));
    const before = database.commits;
    const writes = Array.from({ length: 100 }, (_, at) =>
      database.write((sql) => sql.run('INSERT INTO t VALUES (?)', at === 50 ? 49 : at)),
    );
    const results = await Promise.allSettled(writes);
    assert.equal(database.commits - before, 1);
    assert.deepEqual(
      results.flatMap((result, at) => (result.status === 'rejected' ? [at] : [])),
      [50],
    );
    const rows = await database.read((sql) => sql.get('SELECT COUNT(*) AS n FROM t'));
    assert.equal(rows?.['n'], 99);
    await database.close();
  });

  it('T4: a full disk fails every write of the group with store-full, and the store recovers', async () => {
    const database = new SqliteDatabase('sqlite', join(mkdtempSync(join(folder, 'full-')), 'x.db'));
    await database.write((sql) => sql.run('CREATE TABLE t (n INTEGER PRIMARY KEY, filler TEXT)'));
    const pages = await database.write((sql) => sql.get('PRAGMA page_count'));
    await database.write((sql) => sql.get(`PRAGMA max_page_count = ${Number(pages?.['page_count']) + 2}`));
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, at) =>
        database.write((sql) => sql.run('INSERT INTO t VALUES (?, ?)', at, 'x'.repeat(4000))),
      ),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    assert.ok(refused.length > 0);
    for (const result of refused) assert.equal((result.reason as { code: string }).code, 'store-full');
    const kept = await database.read((sql) => sql.get('SELECT COUNT(*) AS n FROM t'));
    assert.equal(kept?.['n'], 20 - refused.length);
    await database.write((sql) => sql.get('PRAGMA max_page_count = 100000'));
    await database.write((sql) => sql.run('INSERT INTO t VALUES (?, ?)', 1000, 'y'));
    await database.close();
  });
});
