/** The schema step with what people need to put exceptions right. Released, it is never changed. */
export function exceptionsStep(): readonly string[] {
  return [
    // Empty where it was parked by an earlier version: it is filled in when the store is opened.
    `ALTER TABLE exceptions ADD COLUMN cause TEXT NOT NULL DEFAULT ''`,
    `CREATE INDEX exceptions_by_cause ON exceptions (status, cause, seq)`,
    `CREATE INDEX exceptions_without_cause ON exceptions (id) WHERE cause = ''`,
  ];
}
