import { REJECTION_CODES } from '../returns/gate';
import type { SqlWriter } from './sql';

const CODES = REJECTION_CODES.map((code) => `'${code}'`).join(', ');

/** A gate that holds the return knows best; where none does, its stage tells. */
const IS_REJECTED = `(EXISTS (SELECT 1 FROM gate_returns g
    WHERE g.return_key = halves.return_key AND g.phase = 'rejected')
  OR (NOT EXISTS (SELECT 1 FROM gate_returns g WHERE g.return_key = halves.return_key)
    AND EXISTS (SELECT 1 FROM returns r WHERE r.return_key = halves.return_key AND r.stage = 'rejected')))`;

const exceptionThat = (condition: string): string =>
  `EXISTS (SELECT 1 FROM exceptions x
    WHERE x.return_key = halves.return_key AND x.code IN (${CODES}) AND ${condition})`;

/** An exception that is settled by a person and removed by age leaves its mark behind. */
const JUDGE = `UPDATE halves SET rejection = CASE
    WHEN NOT ${IS_REJECTED} THEN 0
    WHEN ${exceptionThat(`x.status <> 'closed'`)} THEN 1
    WHEN rejection = 2 OR ${exceptionThat(`x.settled IS NOT NULL`)} THEN 2
    ELSE 1 END
  WHERE half = 'credit'`;

/** The schema step with credits whose goods were rejected. Released, it is never changed. */
export function rejectedCreditsStep(): readonly string[] {
  return [
    // 0: not rejected. 1: nobody has settled it. 2: a person has.
    `ALTER TABLE halves ADD COLUMN rejection INTEGER NOT NULL DEFAULT 0`,
    `CREATE INDEX halves_rejected ON halves (rejection, half, happened_at) WHERE rejection = 1`,
    `UPDATE halves SET rejection = 1
     WHERE half = 'credit' AND EXISTS (SELECT 1 FROM gate_returns g
       WHERE g.return_key = halves.return_key AND g.phase = 'rejected')`,
    `UPDATE halves SET rejection = 1
     WHERE half = 'credit' AND NOT EXISTS (SELECT 1 FROM gate_returns g WHERE g.return_key = halves.return_key)
       AND EXISTS (SELECT 1 FROM returns r WHERE r.return_key = halves.return_key AND r.stage = 'rejected')`,
    `UPDATE halves SET rejection = 2
     WHERE rejection = 1 AND EXISTS (SELECT 1 FROM exceptions x WHERE x.return_key = halves.return_key
       AND x.code IN ('rejected-goods', 'credited-but-rejected') AND x.settled IS NOT NULL)`,
  ];
}

/** Whether an exception of this code decides on it. */
export function concernsRejection(code: string): boolean {
  return (REJECTION_CODES as readonly string[]).includes(code);
}

/** To be locked, before anything else, by whatever changes one of the facts that {@link judgeRejection} looks at. */
export function halvesLock(returnKey: string): string {
  return `halves/${returnKey}`;
}

/**
 * Writes on the credit of a return whether its goods were rejected, and whether a person has settled that. The facts
 * stand elsewhere; here they are found without a walk through all that was ever rejected.
 */
export async function judgeRejection(sql: SqlWriter, returnKey: string): Promise<void> {
  await sql.run(`${JUDGE} AND return_key = ?`, returnKey);
}
