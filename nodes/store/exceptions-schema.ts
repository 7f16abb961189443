import type { SqlDialect } from './sql';

/** The schema step with what people need to put exceptions right. Released, it is never changed. */
export function exceptionsStep({
  wholeNumber,
}: Pick<SqlDialect, 'wholeNumber' | 'tableOptions'>): readonly string[] {
  return [
    // Empty where it was parked by an earlier version: it is filled in when the store is opened.
    `ALTER TABLE exceptions ADD COLUMN cause TEXT NOT NULL DEFAULT ''`,
    `ALTER TABLE exceptions ADD COLUMN brand TEXT`,
    `ALTER TABLE exceptions ADD COLUMN value_minor ${wholeNumber}`,
    `ALTER TABLE exceptions ADD COLUMN value_currency TEXT`,
    `CREATE INDEX exceptions_by_cause ON exceptions (status, cause, seq)`,
    `CREATE INDEX exceptions_without_cause ON exceptions (id) WHERE cause = ''`,
  ];
}
