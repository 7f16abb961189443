import type { SqlDialect } from './sql';

/** The schema step with the parts of divided returns. Released, it is never changed. */
export function divisionsStep({ tableOptions }: Pick<SqlDialect, 'tableOptions'>): readonly string[] {
  return [
    `CREATE TABLE return_parts (
       return_key TEXT NOT NULL, line_id TEXT NOT NULL, part INTEGER NOT NULL,
       PRIMARY KEY (return_key, line_id)) ${tableOptions}`,
  ];
}
