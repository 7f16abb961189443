import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { seededRandom, type SeededRandom } from '../../nodes/sandbox/world';
import { openSqliteStore } from '../../nodes/store/sqlite';
import { SqliteConnection } from '../../nodes/store/sqlite-connection';
import { cutSynced, syncedPart, tear, type Damage } from './log-damage';
import { bodyText, eventId, type Told } from './writer';

export interface TornWritesOptions {
  cuts: number;
  /** The moments of the kills and the damage are drawn from it; what the writer has done by then is not. */
  seed: number;
  /** Where the stores are made; the caller removes it. */
  folder: string;
  /** Cuts off what was synced instead, to prove that a loss is seen. */
  breakSynced?: boolean;
  /** Is told one line for each cut. */
  tell?: (line: string) => void;
}

export interface TornWrites {
  cuts: number;
  /** Events whose storing was acknowledged. */
  acknowledged: number;
  /** Of these, events that are no longer there, not whole, or in a store that is no longer sound. */
  lost: number;
  /** Events that would be delivered more than once. */
  repeated: number;
  /** Cuts after which the log was damaged. */
  torn: number;
  /** Cuts after which the store opened and was sound. */
  recovered: number;
  /** Cuts after which the store refused to open, with a message: nothing is lost in silence, and nothing is kept. */
  refused: number;
  seconds: number;
}

interface StoreFile {
  file: string;
  cuts: number;
  acknowledged: Set<number>;
}

const CUTS_PER_FILE = 10;
/** So many acknowledged events are sent once more after a cut, with all that were not acknowledged. */
const SENT_AGAIN = 20;

/**
 * Cuts the power of a store that is being written to, again and again, and counts what became of the events. A process
 * is killed at a random moment, and what it had not yet synced is torn (see `log-damage.ts`); one time in four the
 * power goes again while the store is being opened. Then the store is opened, and each event that was acknowledged must
 * be there, whole, with one delivery. The next writer begins with what was not acknowledged, as a platform would.
 */
export async function tornWrites(options: TornWritesOptions): Promise<TornWrites> {
  const began = performance.now();
  const random = seededRandom(options.seed);
  const result = { cuts: 0, acknowledged: 0, lost: 0, repeated: 0, torn: 0, recovered: 0, refused: 0 };
  await assertSyncsFully(options.folder);
  let store = newStore(options.folder, 1);
  for (let cut = 1; cut <= options.cuts; cut += 1) {
    if (store.cuts === CUTS_PER_FILE) store = newStore(options.folder, cut);
    store.cuts += 1;
    const before = store.acknowledged.size;
    const damage = await cutPower(store, random, options.breakSynced ?? false);
    result.cuts += 1;
    result.torn += damage.torn ? 1 : 0;
    result.acknowledged += store.acknowledged.size - before;
    const refusal = await reopen(store.file);
    const { sound, lost, repeated } =
      refusal === null ? inspect(store) : { sound: false, lost: 0, repeated: 0 };
    if (refusal === null) result.recovered += sound ? 1 : 0;
    else result.refused += 1;
    result.lost += lost;
    result.repeated += repeated;
    options.tell?.(
      `cut ${cut}: ${store.acknowledged.size - before} acknowledged; ${damage.words}; ` +
        (refusal ?? `${sound ? 'sound' : 'not sound'}, ${lost} lost, ${repeated} repeated`),
    );
    // What is lost is counted once: the next cut gets a store of its own.
    if (!sound || lost > 0 || repeated > 0) store.cuts = CUTS_PER_FILE;
  }
  return { ...result, seconds: (performance.now() - began) / 1000 };
}

/** The method stands on it: with less than FULL the index runs ahead of what is synced, and nothing would be seen. */
async function assertSyncsFully(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const connection = new SqliteConnection(join(folder, 'settings.db'));
  const synchronous = await connection.get('PRAGMA synchronous');
  const journal = await connection.get('PRAGMA journal_mode');
  connection.close();
  if (synchronous?.['synchronous'] !== 2 || journal?.['journal_mode'] !== 'wal') {
    throw new Error(
      'The store does not sync each commit: synchronous = FULL and journal_mode = WAL are needed',
    );
  }
}

function newStore(folder: string, cut: number): StoreFile {
  return { file: join(folder, `from-cut-${cut}`, 'store.db'), cuts: 0, acknowledged: new Set() };
}

async function cutPower(store: StoreFile, random: SeededRandom, breakSynced: boolean): Promise<Damage> {
  const lastGroup = await runWriter(store, random, 'stored', random.between(0, 200));
  const synced = syncedPart(store.file, { beforeLast: !breakSynced && random.next() < 0.6 });
  if (!synced.beforeLast) acknowledge(store, lastGroup);
  if (breakSynced) return cutSynced(store.file, synced, random);
  const torn = tear(store.file, synced, random);
  if (random.next() < 0.75) return torn;
  acknowledge(store, await runWriter(store, random, 'opening', random.between(0, 12)));
  const again = tear(store.file, syncedPart(store.file, { known: synced.end }), random);
  return { torn: true, words: `${torn.words}; while opening: ${again.words}` };
}

function acknowledge(store: StoreFile, events: readonly number[]): void {
  for (const event of events) store.acknowledged.add(event);
}

/**
 * Runs the writer until some milliseconds after it opens the store, or has stored its first event, and kills it. What
 * it has told is acknowledged, except for the last group that it told of, which is returned: the power may have gone
 * just before that one was synced.
 */
async function runWriter(
  store: StoreFile,
  random: SeededRandom,
  from: 'opening' | 'stored',
  milliseconds: number,
): Promise<number[]> {
  const last = [...store.acknowledged].reduce((highest, event) => Math.max(highest, event), 0);
  const first = Math.max(1, last - SENT_AGAIN);
  const child = fork(join(__dirname, 'writer.js'), [
    store.file,
    String(random.between(1, 1e9)),
    String(first),
  ]);
  // What was told before the end is read to the end.
  const ended = Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
  let group = 0;
  const lastGroup: number[] = [];
  const begun = new Promise<void>((resolve) => {
    child.on('message', (told: Told) => {
      if (told === 'opening') {
        if (from === 'opening') resolve();
        return;
      }
      if (told.group > group) acknowledge(store, lastGroup.splice(0));
      group = told.group;
      lastGroup.push(told.event);
      resolve();
    });
  });
  await Promise.race([begun, ended]);
  await Promise.race([delay(milliseconds), ended]);
  const running = isRunning(child);
  child.kill('SIGKILL');
  await ended;
  if (!running) throw new Error('The writer ended by itself');
  return lastGroup;
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** Opens the store as a flow would, and closes it. Returns null, or the message with which it was refused. */
async function reopen(file: string): Promise<string | null> {
  try {
    await (await openSqliteStore({ file })).close();
    return null;
  } catch (thrown) {
    return `refused: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}

/** Reads the closed store beside its own code. Of a store that is not sound, nothing acknowledged counts as kept. */
function inspect({ file, acknowledged }: StoreFile): { sound: boolean; lost: number; repeated: number } {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    if (!isSound(database)) return { sound: false, lost: acknowledged.size, repeated: 0 };
    const rows = database
      .prepare(
        `SELECT events.id, receipts.body, COUNT(*) AS times,
           CASE WHEN json_valid(events.event) THEN events.event ->> '$.id' END AS named
         FROM events JOIN deliveries ON event_id = events.id JOIN receipts ON receipts.id = receipt_id
         GROUP BY events.id`,
      )
      .all();
    const whole = new Set<string>();
    for (const row of rows) {
      const id = String(row['id']);
      if (row['named'] === id && String(row['body']).replaceAll(bodyText(id), '') === '') whole.add(id);
    }
    const lost = [...acknowledged].filter((event) => !whole.has(eventId(event))).length;
    return { sound: true, lost, repeated: rows.filter((row) => row['times'] !== 1).length };
  } finally {
    database.close();
  }
}

function isSound(database: DatabaseSync): boolean {
  try {
    return database.prepare('PRAGMA integrity_check').get()?.['integrity_check'] === 'ok';
  } catch {
    // Where not even that can be read, the answer is clear.
    return false;
  }
}

/** One line with all figures, for people. */
function tableLine(result: TornWrites): string {
  const figures = Object.entries(result).map(([name, value]) =>
    name === 'seconds' ? `${Number(value).toFixed(1)} s` : `${name} ${Number(value)}`,
  );
  return `| torn writes | ${figures.join(' | ')} |`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cuts: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      break: { type: 'boolean', default: false },
      each: { type: 'boolean', default: false },
    },
  });
  const cuts = Number(values.cuts);
  const seed = Number(values.seed);
  if (!Number.isInteger(cuts) || cuts < 1 || !Number.isInteger(seed)) {
    throw new Error('--cuts and --seed are whole numbers, --cuts at least 1');
  }
  const folder = mkdtempSync(join(tmpdir(), 'torn-writes-'));
  try {
    const tell = (line: string): void => {
      if (values.each || line.includes('refused: ')) console.log(line);
    };
    const result = await tornWrites({ cuts, seed, folder, breakSynced: values.break, tell });
    console.log(tableLine(result));
    const unsound = cuts - result.recovered - result.refused;
    if (result.lost > 0 || result.repeated > 0 || unsound > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (require.main === module) {
  main().catch((thrown: unknown) => {
    console.error(thrown);
    process.exit(1);
  });
}
