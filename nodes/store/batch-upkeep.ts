import { batchKey } from '../returns/batch';
import { count, text, type SqlDatabase } from './sql';

/** Rows in one transaction: few enough that nobody else waits for long. */
const CHUNK = 500;

/**
 * Removes what members of old batches told of their lines and documents. That a return was in a batch, when and with
 * what value stays for ever, and so do the totals of the batch; one that is not settled, or is parked, keeps everything. Resolves to
 * how many members were emptied.
 */
export async function pruneBatchMembers(database: SqlDatabase, before: string): Promise<number> {
  let pruned = 0;
  for (;;) {
    const chunk = await database.write(async (sql) => {
      const batch = await sql.get(
        `SELECT id FROM batches WHERE closed_at < ? AND kept = 1
           AND NOT EXISTS (SELECT 1 FROM deliveries
             WHERE event_id = batches.id AND state IN ('open', 'emitted', 'waiting'))
           AND NOT EXISTS (SELECT 1 FROM exceptions
             WHERE return_key = '${batchKey('')}' || batches.id AND status = 'open')
         LIMIT 1`,
        before,
      );
      if (!batch) return null;
      const id = text(batch, 'id');
      const rows = await sql.all(
        `SELECT place FROM batch_members WHERE batch_id = ? AND facts <> '' ORDER BY place LIMIT ${CHUNK}`,
        id,
      );
      for (const row of rows) {
        await sql.run(
          `UPDATE batch_members SET facts = '' WHERE batch_id = ? AND place = ?`,
          id,
          count(row, 'place'),
        );
      }
      if (rows.length < CHUNK) await sql.run(`UPDATE batches SET kept = 0 WHERE id = ?`, id);
      return rows.length;
    });
    if (chunk === null) return pruned;
    pruned += chunk;
  }
}
