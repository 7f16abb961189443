import { LedgerError } from '../returns/failure';
import { divisionsStep } from './divisions-schema';
import { exceptionsStep } from './exceptions-schema';
import { gatesStep } from './gates-schema';
import { rejectedCreditsStep } from './rejected-credits';
import { count, type SqlDatabase, type SqlDialect, type SqlWriter } from './sql';

/** Steps of the schema, in order. A step that has been released is never changed; new ones go to the end. */
const steps = ({ bytes, wholeNumber, tableOptions }: SqlDialect): readonly (readonly string[])[] => [
  [
    `CREATE TABLE receipts (
       id TEXT PRIMARY KEY, source TEXT NOT NULL, platform TEXT NOT NULL, body TEXT, received_at TEXT NOT NULL,
       times INTEGER NOT NULL) ${tableOptions}`,
    // Bytes that could not be read may hold anything, so they live apart, like the people.
    `CREATE TABLE unreadable (receipt_id TEXT PRIMARY KEY, bytes ${bytes} NOT NULL) ${tableOptions}`,
    `CREATE TABLE events (
       id TEXT PRIMARY KEY, return_key TEXT NOT NULL, topic TEXT NOT NULL, receipt_id TEXT NOT NULL,
       event TEXT NOT NULL, exception TEXT, effect TEXT NOT NULL, received_at TEXT NOT NULL) ${tableOptions}`,
    `CREATE INDEX events_by_return ON events (return_key)`,
    `CREATE TABLE deliveries (
       seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, source TEXT NOT NULL, event_id TEXT NOT NULL,
       exception TEXT, state TEXT NOT NULL, attempt INTEGER NOT NULL, changed_at TEXT NOT NULL) ${tableOptions}`,
    `CREATE INDEX deliveries_by_state ON deliveries (source, state, seq)`,
    `CREATE INDEX deliveries_unsettled ON deliveries (state)`,
    `CREATE TABLE returns (
       return_key TEXT PRIMARY KEY, platform TEXT NOT NULL, brand TEXT NOT NULL, return_id TEXT NOT NULL,
       return_number TEXT, order_number TEXT, stage TEXT NOT NULL, since TEXT NOT NULL, changed INTEGER NOT NULL
       ) ${tableOptions}`,
    `CREATE INDEX returns_by_id ON returns (platform, brand, return_id)`,
    `CREATE INDEX returns_by_stage ON returns (stage, changed)`,
    `CREATE INDEX returns_by_change ON returns (changed)`,
    `CREATE TABLE intents (
       id TEXT PRIMARY KEY, connection_id TEXT NOT NULL, kind TEXT NOT NULL, business_key TEXT NOT NULL,
       return_key TEXT NOT NULL, reference TEXT NOT NULL, state TEXT NOT NULL, owner TEXT NOT NULL,
       began_at TEXT NOT NULL, doubt_since TEXT, steps TEXT NOT NULL, document TEXT, posted_at TEXT,
       UNIQUE (connection_id, kind, business_key)) ${tableOptions}`,
    `CREATE INDEX intents_by_return ON intents (return_key)`,
    `CREATE TABLE exceptions (
       id TEXT PRIMARY KEY, return_key TEXT NOT NULL, router TEXT NOT NULL, code TEXT NOT NULL, owner TEXT NOT NULL,
       status TEXT NOT NULL, exception TEXT NOT NULL, message TEXT NOT NULL, times INTEGER NOT NULL,
       first_at TEXT NOT NULL, last_at TEXT NOT NULL, resolution TEXT, seq INTEGER NOT NULL,
       UNIQUE (return_key, router, code)) ${tableOptions}`,
    `CREATE INDEX exceptions_by_status ON exceptions (status, seq)`,
    `CREATE INDEX exceptions_by_owner ON exceptions (status, owner, seq)`,
    `CREATE TABLE master_data (
       connection_id TEXT NOT NULL, kind TEXT NOT NULL, item_key TEXT NOT NULL, value TEXT NOT NULL,
       read_at TEXT NOT NULL, PRIMARY KEY (connection_id, kind, item_key)) ${tableOptions}`,
    `CREATE INDEX master_data_by_age ON master_data (connection_id, kind, read_at)`,
    `CREATE TABLE people (token TEXT PRIMARY KEY, data TEXT NOT NULL, seen_at TEXT NOT NULL) ${tableOptions}`,
  ],
  // What a return waits for, lists by any one field, and the next number, without a walk through all open ones.
  [
    `CREATE INDEX exceptions_by_return ON exceptions (return_key, status, seq)`,
    `CREATE INDEX exceptions_by_seq ON exceptions (seq)`,
    `CREATE INDEX exceptions_by_code ON exceptions (status, code, seq)`,
    `CREATE INDEX exceptions_by_router ON exceptions (status, router, seq)`,
  ],
  // Work that waits, work shared by several instances, and what goes by age.
  [
    `ALTER TABLE deliveries ADD COLUMN brand TEXT NOT NULL DEFAULT ''`,
    `ALTER TABLE deliveries ADD COLUMN owner TEXT NOT NULL DEFAULT ''`,
    `ALTER TABLE deliveries ADD COLUMN due_at TEXT`,
    `ALTER TABLE deliveries ADD COLUMN waits_on TEXT`,
    `ALTER TABLE deliveries ADD COLUMN waits TEXT NOT NULL DEFAULT '[]'`,
    `UPDATE deliveries SET brand = COALESCE((SELECT brand FROM returns JOIN events
       ON events.return_key = returns.return_key WHERE events.id = event_id), '')`,
    `CREATE INDEX deliveries_due ON deliveries (source, state, due_at)`,
    `CREATE INDEX deliveries_waits_on ON deliveries (state, waits_on)`,
    `CREATE INDEX deliveries_by_age ON deliveries (state, changed_at)`,
    `ALTER TABLE intents ADD COLUMN claim TEXT NOT NULL DEFAULT ''`,
    `CREATE INDEX receipts_by_age ON receipts (received_at)`,
    `CREATE INDEX events_by_age ON events (received_at)`,
    `CREATE INDEX exceptions_by_age ON exceptions (status, last_at)`,
    `CREATE INDEX people_by_age ON people (seen_at)`,
    `CREATE TABLE locks (name TEXT PRIMARY KEY, owner TEXT NOT NULL) ${tableOptions}`,
  ],
  // A delivery stands in the one index of its state, not in six: it changes its state three times in its life.
  [
    `DROP INDEX deliveries_by_state`,
    `DROP INDEX deliveries_unsettled`,
    `DROP INDEX deliveries_due`,
    `DROP INDEX deliveries_waits_on`,
    `DROP INDEX deliveries_by_age`,
    `CREATE INDEX deliveries_open ON deliveries (source, seq) WHERE state = 'open'`,
    `CREATE INDEX deliveries_emitted ON deliveries (source, owner) WHERE state = 'emitted'`,
    `CREATE INDEX deliveries_due ON deliveries (source, due_at) WHERE state = 'waiting'`,
    `CREATE INDEX deliveries_waits_on ON deliveries (waits_on) WHERE state = 'waiting'`,
    `CREATE INDEX deliveries_settled ON deliveries (changed_at) WHERE state = 'settled'`,
  ],
  // Nobody looks events up by their return, and its place in that index was one more page for each webhook.
  [`DROP INDEX events_by_return`],
  // What may go out is looked for brand by brand, without a walk through the backlog of one that has no place.
  [
    `DROP INDEX deliveries_open`,
    `CREATE INDEX deliveries_open ON deliveries (source, brand, seq) WHERE state = 'open'`,
  ],
  // What is not settled is found by its event without a walk through all deliveries.
  [
    `CREATE INDEX deliveries_of_event ON deliveries (event_id) WHERE state IN ('open', 'emitted', 'waiting')`,
    `DROP INDEX events_by_age`,
    `CREATE INDEX events_by_age ON events (received_at, receipt_id)`,
  ],
  [
    // The newest event of a return stands with the return, so that it is found without an index over all events.
    `ALTER TABLE returns ADD COLUMN last_event TEXT NOT NULL DEFAULT ''`,
    `ALTER TABLE returns ADD COLUMN last_event_at TEXT NOT NULL DEFAULT ''`,
    `UPDATE returns SET last_event = newest.id, last_event_at = newest.at
     FROM (SELECT id, return_key, CASE WHEN exception IS NULL THEN received_at ELSE '' END AS at,
         ROW_NUMBER() OVER (PARTITION BY return_key
           ORDER BY CASE WHEN exception IS NULL THEN received_at ELSE '' END DESC, received_at DESC) AS place
       FROM events WHERE event <> '') AS newest
     WHERE newest.return_key = returns.return_key AND newest.place = 1`,
    // A half is in the indexes of those it lacks only, so what has its counterparts is walked through by nobody.
    `CREATE TABLE halves (
       return_key TEXT NOT NULL, half TEXT NOT NULL, connection_id TEXT NOT NULL, brand TEXT NOT NULL,
       return_number TEXT, order_number TEXT, document TEXT, minor ${wholeNumber}, currency TEXT,
       happened_at TEXT NOT NULL, due_at TEXT, told_at TEXT,
       has_credit INTEGER NOT NULL, has_goods INTEGER NOT NULL, has_stock INTEGER NOT NULL,
       PRIMARY KEY (return_key, half)) ${tableOptions}`,
    `CREATE INDEX halves_without_credit ON halves (half, happened_at, due_at) WHERE has_credit = 0`,
    `CREATE INDEX halves_without_goods ON halves (half, happened_at, due_at) WHERE has_goods = 0`,
    `CREATE INDEX halves_without_stock ON halves (half, happened_at, due_at) WHERE has_stock = 0`,
    `CREATE INDEX halves_complete ON halves (happened_at) WHERE half = 'stock' AND has_credit = 1`,
    `CREATE INDEX halves_by_return_number ON halves (return_number)`,
    `CREATE INDEX halves_by_order_number ON halves (order_number)`,
    `CREATE INDEX halves_by_document ON halves (document)`,
    `CREATE TABLE halves_settled (return_key TEXT PRIMARY KEY) ${tableOptions}`,
  ],
  exceptionsStep({ wholeNumber, tableOptions }),
  // Batches. One group of a node has one open batch; a member stands in one index, that of its return.
  [
    `CREATE TABLE batches (
       id TEXT PRIMARY KEY, node TEXT NOT NULL, number INTEGER, label TEXT, state TEXT NOT NULL,
       group_key TEXT NOT NULL, brand TEXT NOT NULL, opened_at TEXT NOT NULL, due_at TEXT NOT NULL, why TEXT,
       closed_at TEXT, posting_date TEXT, deferred_until TEXT, places INTEGER NOT NULL, members INTEGER NOT NULL,
       minor ${wholeNumber} NOT NULL, kept INTEGER NOT NULL DEFAULT 1) ${tableOptions}`,
    `CREATE UNIQUE INDEX batches_open ON batches (node, group_key) WHERE state = 'open'`,
    `CREATE INDEX batches_pending ON batches (node, due_at) WHERE state IN ('open', 'sealed')`,
    `CREATE UNIQUE INDEX batches_number ON batches (node, number)`,
    `CREATE INDEX batches_by_time ON batches (node, opened_at)`,
    `CREATE INDEX batches_deferred ON batches (node, closed_at) WHERE deferred_until IS NOT NULL`,
    `CREATE INDEX batches_by_age ON batches (closed_at) WHERE kept = 1`,
    `CREATE TABLE batch_members (
       batch_id TEXT NOT NULL, place INTEGER NOT NULL, node TEXT NOT NULL, return_key TEXT NOT NULL,
       event_id TEXT NOT NULL, topic TEXT NOT NULL, happened_at TEXT NOT NULL, state TEXT NOT NULL,
       joined_at TEXT NOT NULL, day TEXT NOT NULL, minor ${wholeNumber}, facts TEXT NOT NULL, refused TEXT,
       PRIMARY KEY (batch_id, place)) ${tableOptions}`,
    `CREATE INDEX batch_members_of_return ON batch_members (return_key, node)`,
    // Those that left a batch are few, and counted before each closing.
    `CREATE INDEX batch_members_left ON batch_members (batch_id, state) WHERE state IN ('expelled', 'withdrawn')`,
  ],
  // Return Mappings: which rows held from when on, and which codes came in.
  [
    `CREATE TABLE mapping_versions (
       node TEXT NOT NULL, version TEXT NOT NULL, first_at TEXT NOT NULL, content ${bytes} NOT NULL,
       PRIMARY KEY (node, version)) ${tableOptions}`,
    `CREATE TABLE mapping_sightings (
       node TEXT NOT NULL, table_name TEXT NOT NULL, code TEXT NOT NULL, brand TEXT NOT NULL,
       times ${wholeNumber} NOT NULL, first_at TEXT NOT NULL, last_at TEXT NOT NULL,
       PRIMARY KEY (node, table_name, code, brand)) ${tableOptions}`,
  ],
  gatesStep({ tableOptions }),
  divisionsStep({ tableOptions }),
  rejectedCreditsStep(),
];

const meta = ({ tableOptions }: SqlDialect): string =>
  `CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) ${tableOptions}`;

/**
 * Brings the schema up to this version of the code, step by step in one transaction. Throws `store-newer` (config)
 * where a newer version of the pack has written the store: an older one would misread it.
 */
export async function migrate(database: SqlDatabase): Promise<void> {
  const known = steps(database.dialect);
  await database.write(async (sql) => {
    // Several instances may start at the same time.
    await sql.lock('schema');
    for (const statement of [...database.dialect.prelude, meta(database.dialect)]) await sql.run(statement);
    const row = await sql.get(`SELECT value FROM meta WHERE name = ?`, 'schema');
    const version = count(row, 'value');
    if (version > known.length) {
      throw new LedgerError({
        code: 'store-newer',
        class: 'config',
        message:
          `The returns store was written by a newer version of the pack (schema ${version}, this one knows ` +
          `${known.length}): update the pack, or give this Node-RED a store of its own`,
      });
    }
    for (const step of known.slice(version)) for (const statement of step) await sql.run(statement);
    await setMeta(sql, 'schema', String(known.length));
  });
}

/** A value that is made once for the life of the store. */
export async function metaOnce(database: SqlDatabase, name: string, make: () => string): Promise<string> {
  return database.write(async (sql) => {
    await sql.run(`INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING`, name, make());
    const row = await sql.get(`SELECT value FROM meta WHERE name = ?`, name);
    return String(row?.value);
  });
}

async function setMeta(sql: SqlWriter, name: string, value: string): Promise<void> {
  await sql.run(
    `INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    name,
    value,
  );
}
