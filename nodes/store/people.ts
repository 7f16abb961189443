import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { metaOnce } from './schema';
import { text, type SqlDatabase, type SqlReader, type SqlWriter } from './sql';
import type { NewPerson, PersonData } from './store';

/**
 * Makes the tokens under which people are kept. The key is made once for the life of the store: without it nobody can
 * compute a token from an address (reliability 4.8).
 */
export async function personTokens(database: SqlDatabase): Promise<(identity: string) => string> {
  const hex = await metaOnce(database, 'person-key', () => randomBytes(32).toString('hex'));
  const key = createSecretKey(Buffer.from(hex, 'hex'));
  return (identity) => {
    const normal = identity.trim().toLowerCase();
    return `p_${createHmac('sha256', key).update(normal).digest('hex').slice(0, 32)}`;
  };
}

/** What is known of a person already is kept where the new data does not say otherwise. */
export async function keepPerson(sql: SqlWriter, person: NewPerson): Promise<void> {
  const before = await findPerson(sql, person.token);
  await sql.run(
    `INSERT INTO people (token, data, seen_at) VALUES (?, ?, ?)
     ON CONFLICT (token) DO UPDATE SET data = excluded.data, seen_at = excluded.seen_at`,
    person.token,
    JSON.stringify({ ...before, ...person.data }),
    person.seenAt,
  );
}

export async function findPerson(sql: SqlReader, token: string): Promise<PersonData | null> {
  const row = await sql.get(`SELECT data FROM people WHERE token = ?`, token);
  return row ? (JSON.parse(text(row, 'data')) as PersonData) : null;
}

/** Scrubs even where nobody was found: an earlier try may have ended between the two steps. */
export async function erasePerson(database: SqlDatabase, token: string): Promise<boolean> {
  const erased = await database.write((sql) => sql.run(`DELETE FROM people WHERE token = ?`, token));
  await database.scrub();
  return erased > 0;
}
