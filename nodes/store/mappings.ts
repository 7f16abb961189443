import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { isMappingTable, type MappingTableName } from '../returns/mapping-tables';
import type { Sighting, Sightings } from '../returns/mapping-coverage';
import type { MappingContent } from '../returns/mappings';
import type { MappingVersion, NewSighting } from './mapping';
import { count, text, type SqlReader, type SqlRow, type SqlWriter } from './sql';

/** A code goes into an index, and PostgreSQL's takes no more than about 2,700 bytes. */
const LONGEST_CODE = 500;
/** Stands for all codes beyond the limit; no key of a table is written like this. */
const BEYOND = '';

export async function recordMappingVersion(
  sql: SqlWriter,
  { node, version, firstAt, content }: MappingVersion,
): Promise<boolean> {
  const known = await sql.get(
    `SELECT version FROM mapping_versions WHERE node = ? AND version = ?`,
    node,
    version,
  );
  if (known) return false;
  const changed = await sql.run(
    `INSERT INTO mapping_versions (node, version, first_at, content) VALUES (?, ?, ?, ?)
     ON CONFLICT (node, version) DO NOTHING`,
    node,
    version,
    firstAt,
    deflateRawSync(JSON.stringify(content)),
  );
  return changed > 0;
}

export async function mappingVersion(
  sql: SqlReader,
  node: string,
  version?: string,
): Promise<MappingVersion | null> {
  const row =
    version === undefined
      ? await sql.get(
          `SELECT version, first_at, content FROM mapping_versions WHERE node = ? ORDER BY first_at DESC LIMIT 1`,
          node,
        )
      : await sql.get(
          `SELECT version, first_at, content FROM mapping_versions WHERE node = ? AND version = ?`,
          node,
          version,
        );
  if (!row) return null;
  const content = JSON.parse(inflateRawSync(bytes(row, 'content')).toString('utf8')) as MappingContent;
  return { node, version: text(row, 'version'), firstAt: text(row, 'first_at'), content };
}

export async function mappingVersions(
  sql: SqlReader,
  node: string,
  limit: number,
): Promise<Omit<MappingVersion, 'content'>[]> {
  const rows = await sql.all(
    `SELECT version, first_at FROM mapping_versions WHERE node = ? ORDER BY first_at DESC, version LIMIT ?`,
    node,
    limit,
  );
  return rows.map((row) => ({ node, version: text(row, 'version'), firstAt: text(row, 'first_at') }));
}

export async function recordSightings(
  sql: SqlWriter,
  node: string,
  sightings: readonly NewSighting[],
  most: number,
): Promise<void> {
  if (sightings.length === 0) return;
  // Two instances would both find room for the last code.
  await sql.lock(`mapping-sightings/${node}`);
  const known = new Map<MappingTableName, number>();
  for (const sighting of sightings) {
    const code = JSON.stringify(sighting.keys);
    if (await addTo(sql, node, code, sighting)) continue;
    const { table } = sighting;
    const there = known.get(table) ?? (await distinct(sql, node, table));
    const fits = there < most && code.length <= LONGEST_CODE;
    known.set(table, fits ? there + 1 : there);
    if (fits) await insert(sql, node, code, sighting);
    else if (!(await addTo(sql, node, BEYOND, { ...sighting, brand: '' })))
      await insert(sql, node, BEYOND, { ...sighting, brand: '' });
  }
}

async function distinct(sql: SqlReader, node: string, table: string): Promise<number> {
  const row = await sql.get(
    `SELECT COUNT(*) AS n FROM mapping_sightings WHERE node = ? AND table_name = ? AND code <> ?`,
    node,
    table,
    BEYOND,
  );
  return count(row, 'n');
}

async function addTo(
  sql: SqlWriter,
  node: string,
  code: string,
  { table, brand, times, firstAt, lastAt }: NewSighting,
): Promise<boolean> {
  const changed = await sql.run(
    `UPDATE mapping_sightings SET times = times + ?,
       first_at = CASE WHEN first_at < ? THEN first_at ELSE ? END,
       last_at = CASE WHEN last_at > ? THEN last_at ELSE ? END
     WHERE node = ? AND table_name = ? AND code = ? AND brand = ?`,
    times,
    firstAt,
    firstAt,
    lastAt,
    lastAt,
    node,
    table,
    code,
    brand,
  );
  return changed > 0;
}

async function insert(
  sql: SqlWriter,
  node: string,
  code: string,
  { table, brand, times, firstAt, lastAt }: NewSighting,
): Promise<void> {
  await sql.run(
    `INSERT INTO mapping_sightings (node, table_name, code, brand, times, first_at, last_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    node,
    table,
    code,
    brand,
    times,
    firstAt,
    lastAt,
  );
}

export async function sightings(sql: SqlReader, node: string): Promise<Sightings> {
  const rows = await sql.all(
    `SELECT table_name, code, brand, times, first_at, last_at FROM mapping_sightings WHERE node = ?
     ORDER BY table_name, code, brand`,
    node,
  );
  const seen: Sighting[] = [];
  const beyond: { [T in MappingTableName]?: number } = {};
  for (const row of rows) {
    const table = text(row, 'table_name');
    // A table of a newer version of the pack.
    if (!isMappingTable(table)) continue;
    const code = text(row, 'code');
    const times = count(row, 'times');
    if (code === BEYOND) beyond[table] = (beyond[table] ?? 0) + times;
    else {
      seen.push({
        table,
        keys: JSON.parse(code) as Record<string, string>,
        brand: text(row, 'brand'),
        times,
        firstAt: text(row, 'first_at'),
        lastAt: text(row, 'last_at'),
      });
    }
  }
  return { seen, beyond };
}

export async function forgetSightings(sql: SqlWriter, node: string): Promise<number> {
  return sql.run(`DELETE FROM mapping_sightings WHERE node = ?`, node);
}

function bytes(row: SqlRow, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw new Error(`Column ${column} holds no bytes`);
  return value;
}
