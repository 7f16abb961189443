import type { ReturnException } from '../returns/exception';
import { reownPage } from './exception-bulk';
import type { SqlDatabase } from './sql';

/** Rows looked at in one transaction: few enough that nobody else waits for long. */
const CHUNK = 500;

/** After a change of the ownership table: what is open goes to the owners that it names now. */
export async function reownExceptions(
  database: SqlDatabase,
  router: string,
  ownerOf: (exception: ReturnException) => string,
  now: string,
): Promise<number> {
  let changed = 0;
  for (let after: number | null = 0; after !== null;) {
    const page: { after: number; limit: number; now: string } = { after, limit: CHUNK, now };
    const done: Awaited<ReturnType<typeof reownPage>> = await database.write((sql) =>
      reownPage(sql, database, router, ownerOf, page),
    );
    changed += done.changed;
    after = done.next;
  }
  return changed;
}
