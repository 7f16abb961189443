import { randomUUID } from 'node:crypto';
import type { ReturnEvent } from '../returns/event';
import type { ReturnException } from '../returns/exception';
import { count, text, textOrNull, type SqlReader, type SqlRow, type SqlWriter } from './sql';
import type { Delivery } from './store';

export interface NewDelivery {
  source: string;
  eventId: string;
  exception: string | null;
  now: string;
}

/** Opens a delivery: from now on the event is emitted by its source until its flow is done. */
export async function openDelivery(sql: SqlWriter, delivery: NewDelivery): Promise<void> {
  await sql.run(
    `INSERT INTO deliveries (seq, id, source, event_id, exception, state, attempt, changed_at)
     VALUES ((SELECT COALESCE(MAX(seq), 0) + 1 FROM deliveries), ?, ?, ?, ?, 'open', 0, ?)`,
    randomUUID(),
    delivery.source,
    delivery.eventId,
    delivery.exception,
    delivery.now,
  );
}

export async function takeDeliveries(
  sql: SqlWriter,
  source: string,
  limit: number,
  now: string,
): Promise<Delivery[]> {
  const rows = await sql.all(
    `SELECT deliveries.seq, deliveries.id, source, attempt, deliveries.exception, event
     FROM deliveries JOIN events ON events.id = event_id
     WHERE source = ? AND state = 'open' ORDER BY seq LIMIT ?`,
    source,
    limit,
  );
  for (const row of rows) {
    await sql.run(
      `UPDATE deliveries SET state = 'emitted', attempt = attempt + 1, changed_at = ? WHERE seq = ?`,
      now,
      Number(row['seq']),
    );
  }
  return rows.map(toDelivery);
}

function toDelivery(row: SqlRow): Delivery {
  const exception = textOrNull(row, 'exception');
  return {
    id: text(row, 'id'),
    source: text(row, 'source'),
    attempt: count(row, 'attempt') + 1,
    event: JSON.parse(text(row, 'event')) as ReturnEvent,
    exception: exception === null ? null : (JSON.parse(exception) as ReturnException),
  };
}

export async function settleDelivery(sql: SqlWriter, id: string, now: string): Promise<void> {
  await sql.run(
    `UPDATE deliveries SET state = 'settled', changed_at = ? WHERE id = ? AND state <> 'settled'`,
    now,
    id,
  );
}

export async function releaseDeliveries(sql: SqlWriter, source: string): Promise<number> {
  return sql.run(`UPDATE deliveries SET state = 'open' WHERE source = ? AND state = 'emitted'`, source);
}

export async function countDeliveries(
  sql: SqlReader,
  source: string | null,
): Promise<{ open: number; emitted: number }> {
  const unsettled = `SELECT state, COUNT(*) AS n FROM deliveries WHERE state IN ('open', 'emitted')`;
  const rows =
    source === null
      ? await sql.all(`${unsettled} GROUP BY state`)
      : await sql.all(`${unsettled} AND source = ? GROUP BY state`, source);
  const counted = (state: string): number =>
    count(
      rows.find((row) => row['state'] === state),
      'n',
    );
  return { open: counted('open'), emitted: counted('emitted') };
}
