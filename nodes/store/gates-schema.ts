import type { SqlDialect } from './sql';

/** The schema step with returns that wait at gates. Released, it is never changed. */
export function gatesStep({ tableOptions }: Pick<SqlDialect, 'tableOptions'>): readonly string[] {
  return [
    // What still waits stands in small indexes, and what is through in none but the key and the number.
    `CREATE TABLE gate_returns (
       return_key TEXT NOT NULL, node TEXT NOT NULL, brand TEXT NOT NULL, return_number TEXT NOT NULL,
       order_number TEXT, reasons TEXT NOT NULL, state TEXT NOT NULL, phase TEXT NOT NULL, waits_for TEXT,
       since TEXT NOT NULL, due_at TEXT, told TEXT, codes TEXT NOT NULL, credited INTEGER NOT NULL,
       settings TEXT NOT NULL, opened_at TEXT NOT NULL, changed_at TEXT NOT NULL,
       PRIMARY KEY (return_key, node)) ${tableOptions}`,
    `CREATE INDEX gate_returns_waiting ON gate_returns (node, phase, since) WHERE phase IN ('held', 'released')`,
    `CREATE INDEX gate_returns_due ON gate_returns (node, due_at) WHERE due_at IS NOT NULL`,
    `CREATE INDEX gate_returns_by_number ON gate_returns (return_number)`,
    `CREATE INDEX gate_returns_by_age ON gate_returns (changed_at)`,
    `CREATE TABLE gate_events (
       return_key TEXT NOT NULL, node TEXT NOT NULL, event_id TEXT NOT NULL, topic TEXT NOT NULL,
       happened_at TEXT NOT NULL, effect TEXT NOT NULL, arrived_at TEXT NOT NULL,
       PRIMARY KEY (return_key, node, event_id)) ${tableOptions}`,
  ];
}
