import { batchKey } from '../returns/batch';
import { settleDelivery as settle } from './deliveries';
import { closeCured } from './exceptions';
import { textOrNull, type SqlDatabase, type SqlReader, type SqlRow, type SqlWriter } from './sql';

/**
 * Settles a delivery. That of a batch which was held and resumed has come through its flow: whoever posts it, what it was
 * held for is done with, and closes by itself.
 */
export async function settleDelivery(
  sql: SqlWriter,
  database: SqlDatabase,
  id: string,
  now: string,
): Promise<void> {
  const batchId = await settle(sql, id, now);
  if (batchId === null) return;
  const cured = await curedBy(sql, batchId);
  if (cured.length === 0) return;
  const batch = await sql.get(`SELECT label FROM batches WHERE id = ?`, batchId);
  const name = (batch && textOrNull(batch, 'label')) ?? batchId;
  await closeCured(sql, database, cured, `batch ${name} went through its flow`, now);
}

/**
 * What a batch was held for and resumed. Not where another delivery of the batch is under way or waits, for that one may
 * be the resumed one; nor where the batch was held again since: then it has not come through.
 */
function curedBy(sql: SqlReader, batchId: string): Promise<SqlRow[]> {
  const key = batchKey(batchId);
  return sql.all(
    `SELECT * FROM exceptions WHERE return_key = ? AND status = 'resumed'
       AND NOT EXISTS (SELECT 1 FROM deliveries WHERE event_id = ? AND state IN ('open', 'emitted', 'waiting'))
       AND NOT EXISTS (SELECT 1 FROM exceptions AS again WHERE again.return_key = ? AND again.status = 'open'
         AND again.last_at >= exceptions.resumed_at)
     ORDER BY seq`,
    key,
    batchId,
    key,
  );
}
