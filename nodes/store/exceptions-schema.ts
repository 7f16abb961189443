import type { SqlDialect } from './sql';

/** The schema step with what people need to put exceptions right. Released, it is never changed. */
export function exceptionsStep({
  wholeNumber,
  tableOptions,
}: Pick<SqlDialect, 'wholeNumber' | 'tableOptions'>): readonly string[] {
  return [
    // Empty where it was parked by an earlier version: it is filled in when the store is opened.
    `ALTER TABLE exceptions ADD COLUMN cause TEXT NOT NULL DEFAULT ''`,
    `ALTER TABLE exceptions ADD COLUMN brand TEXT`,
    `ALTER TABLE exceptions ADD COLUMN value_minor ${wholeNumber}`,
    `ALTER TABLE exceptions ADD COLUMN value_currency TEXT`,
    // The owner that a person chose; it outlives a renewal by the flow.
    `ALTER TABLE exceptions ADD COLUMN assigned TEXT`,
    // How a person settled it: outside, or discarded.
    `ALTER TABLE exceptions ADD COLUMN settled TEXT`,
    // Where and when it was resumed last: its siblings that were raised before go the same way.
    `ALTER TABLE exceptions ADD COLUMN resumed_at TEXT`,
    `ALTER TABLE exceptions ADD COLUMN resumed_by TEXT`,
    // What people find it by, in small letters.
    `ALTER TABLE exceptions ADD COLUMN search TEXT NOT NULL DEFAULT ''`,
    `CREATE INDEX exceptions_by_cause ON exceptions (status, cause, seq)`,
    `CREATE INDEX exceptions_without_cause ON exceptions (id) WHERE cause = ''`,
    // The events that one exception holds: those of partial arrivals are several.
    `CREATE TABLE exception_events (
       exception_id TEXT NOT NULL, event_id TEXT NOT NULL, parked_at TEXT NOT NULL,
       PRIMARY KEY (exception_id, event_id)) ${tableOptions}`,
    // What alerts are counted by: a cause, or the code and brand of causes of one return each.
    `ALTER TABLE exceptions ADD COLUMN alert_key TEXT NOT NULL DEFAULT ''`,
    `CREATE INDEX exceptions_by_alert ON exceptions (router, alert_key, status)`,
    `CREATE TABLE exception_alerts (
       router TEXT NOT NULL, alert_key TEXT NOT NULL, code TEXT NOT NULL, brand TEXT, raised INTEGER NOT NULL,
       told_raised INTEGER NOT NULL, told INTEGER NOT NULL, next_at TEXT, due_at TEXT,
       claimed_until TEXT, claimed_by TEXT,
       PRIMARY KEY (router, alert_key)) ${tableOptions}`,
    `CREATE TABLE exception_history (
       seq INTEGER PRIMARY KEY, exception_id TEXT NOT NULL, at TEXT NOT NULL, who TEXT NOT NULL,
       action TEXT NOT NULL, note TEXT) ${tableOptions}`,
    `CREATE INDEX exception_history_by_exception ON exception_history (exception_id, seq)`,
  ];
}
