import { BATCH_TOPIC } from '../returns/batch';
import { pruneBatchMembers } from './batch-upkeep';
import { faultPoint } from './fault-point';
import { settleHalves } from './halves';
import { text, type SqlDatabase, type SqlWriter } from './sql';
import type { PruneCounts } from './store';

/** Rows removed in one transaction: few enough that nobody else waits for long. */
const CHUNK = 500;

/**
 * Removes what is settled and old. What an open exception, an unsettled delivery, a batch that is not closed or a half
 * that waits for its counterpart still needs stays, whatever its age; an event keeps its identity for ever, so that a repeat is known as
 * one after years (T23).
 */
export async function prune(
  database: SqlDatabase,
  before: { settled: string; people: string },
): Promise<PruneCounts> {
  const { settled, people } = before;
  const deliveries = await inChunks(
    database,
    `SELECT id FROM deliveries WHERE state = 'settled' AND changed_at < ?`,
    [settled],
    (sql, id) => sql.run(`DELETE FROM deliveries WHERE id = ?`, id),
  );
  const exceptions = await inChunks(
    database,
    // That a return was settled by hand is known for as long as its documents are: it must never be posted (R17).
    `SELECT id FROM exceptions WHERE status = 'closed' AND last_at < ?
       AND (settled IS NULL OR settled <> 'outside' OR return_key LIKE 'receipt/%')`,
    [settled],
    async (sql, id) => {
      await sql.run(`DELETE FROM exception_events WHERE exception_id = ?`, id);
      await sql.run(`DELETE FROM exception_history WHERE exception_id = ?`, id);
      return sql.run(`DELETE FROM exceptions WHERE id = ?`, id);
    },
  );
  const halves = await inChunks(
    database,
    `SELECT return_key AS id FROM halves WHERE half = 'stock' AND has_credit = 1 AND happened_at < ?
       AND NOT EXISTS (SELECT 1 FROM halves AS other
         WHERE other.return_key = halves.return_key AND other.happened_at >= ?)`,
    [settled, settled],
    settleHalves,
  );
  const events = await inChunks(
    database,
    `SELECT id FROM events WHERE received_at < ? AND event <> '' AND topic <> '${BATCH_TOPIC}'
       AND NOT EXISTS (SELECT 1 FROM deliveries
         WHERE event_id = events.id AND state IN ('open', 'emitted', 'waiting'))
       AND NOT EXISTS (SELECT 1 FROM exceptions WHERE exceptions.return_key = events.return_key
         AND (status <> 'closed' OR settled IS NULL OR settled <> 'outside'))
       AND NOT EXISTS (SELECT 1 FROM batch_members JOIN batches ON batches.id = batch_id
         WHERE batch_members.return_key = events.return_key AND batches.state IN ('open', 'sealed'))
       AND NOT EXISTS (SELECT 1 FROM gate_returns WHERE gate_returns.return_key = events.return_key
         AND phase IN ('held', 'released'))
       AND NOT EXISTS (SELECT 1 FROM halves WHERE halves.return_key = events.return_key
         AND due_at IS NOT NULL AND rejection <> 2 AND (has_credit = 0 OR (has_goods = 0 AND has_stock = 0)))`,
    [settled],
    (sql, id) => sql.run(`UPDATE events SET event = '', exception = NULL WHERE id = ?`, id),
  );
  const members = await pruneBatchMembers(database, settled);
  await inChunks(
    database,
    // That a return was at the gate, and what became of it, is known for ever; what came for it is not.
    `SELECT return_key AS id FROM gate_returns WHERE changed_at < ? AND phase NOT IN ('held', 'released')
       AND EXISTS (SELECT 1 FROM gate_events
         WHERE gate_events.return_key = gate_returns.return_key AND gate_events.node = gate_returns.node)`,
    [settled],
    (sql, id) =>
      sql.run(
        `DELETE FROM gate_events WHERE return_key = ? AND EXISTS (SELECT 1 FROM gate_returns
           WHERE gate_returns.return_key = gate_events.return_key AND gate_returns.node = gate_events.node
             AND phase NOT IN ('held', 'released'))`,
        id,
      ),
  );
  const receipts = await inChunks(
    database,
    `SELECT id FROM receipts WHERE received_at < ?
       AND NOT EXISTS (SELECT 1 FROM events
         WHERE events.received_at = receipts.received_at AND receipt_id = receipts.id AND event <> '')
       AND NOT EXISTS (SELECT 1 FROM exceptions WHERE exceptions.return_key = 'receipt/' || receipts.id)`,
    [settled],
    async (sql, id) => {
      await sql.run(`DELETE FROM unreadable WHERE receipt_id = ?`, id);
      return sql.run(`DELETE FROM receipts WHERE id = ?`, id);
    },
  );
  const gone = await inChunks(
    database,
    `SELECT token AS id FROM people WHERE seen_at < ?`,
    [people],
    (sql, id) => sql.run(`DELETE FROM people WHERE token = ?`, id),
  );
  if (gone + receipts > 0) await database.scrub();
  return { receipts, events, deliveries, exceptions, halves, members, people: gone };
}

async function inChunks(
  database: SqlDatabase,
  query: string,
  values: readonly string[],
  remove: (sql: SqlWriter, id: string) => Promise<number>,
): Promise<number> {
  let removed = 0;
  for (;;) {
    const chunk = await database.write(async (sql) => {
      const found = await sql.all(`${query} LIMIT ${CHUNK}`, ...values);
      let gone = 0;
      for (const row of found) gone += await remove(sql, text(row, 'id'));
      return { found: found.length, gone };
    });
    removed += chunk.gone;
    faultPoint('compaction');
    if (chunk.found < CHUNK) return removed;
  }
}
