import type { ReturnException } from '../returns/exception';
import { alertKeyOf } from '../returns/exception-alert';
import { causeOf } from '../returns/exception-cause';
import { searchText } from '../returns/exception-search';
import { valueOfMessage } from '../returns/exception-value';
import { text, type SqlDatabase } from './sql';

/** Rows brought up to date in one transaction: few enough that nobody else waits for long. */
const CHUNK = 500;

/** Fills in what an earlier version, here or in an instance beside this one, has parked without. */
export async function upgradeExceptions(database: SqlDatabase): Promise<void> {
  for (;;) {
    const found = await database.write(async (sql) => {
      const rows = await sql.all(
        `SELECT id, return_key, exception, message FROM exceptions WHERE cause = '' LIMIT ${CHUNK}`,
      );
      for (const row of rows) {
        const exception = JSON.parse(text(row, 'exception')) as ReturnException;
        const cause = causeOf(exception, text(row, 'return_key'));
        const value = valueOfMessage(text(row, 'message'));
        await sql.run(
          `UPDATE exceptions SET cause = ?, alert_key = ?, search = ?, brand = ?, value_minor = ?, value_currency = ? WHERE id = ?`,
          cause,
          alertKeyOf(cause),
          searchText(exception),
          exception.about.brand,
          value?.minor ?? null,
          value?.currency ?? null,
          text(row, 'id'),
        );
      }
      return rows.length;
    });
    if (found < CHUNK) return;
  }
}
