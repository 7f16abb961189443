import { z } from 'zod';
import { asLedgerError } from '../returns/failure';
import { checkRows, type RowFault } from '../returns/mapping-check';
import { coverage, type MappingAudit, type Sighting } from '../returns/mapping-coverage';
import { readCsv, writeCsv } from '../returns/mapping-csv';
import {
  changesBetween,
  mergedRows,
  readJson,
  writeJson,
  type ImportFault,
  type ImportResult,
  type MappingChanges,
} from '../returns/mapping-import';
import { suggest, type EarlierAcceptance, type Suggestion } from '../returns/mapping-suggestions';
import {
  ANY,
  CELL_KINDS,
  keyColumns,
  MAPPING_TABLE_NAMES,
  MAPPING_TABLES,
  rowKey,
  tableOf,
  type MappingRow,
  type MappingTableName,
} from '../returns/mapping-tables';
import { cleanRows } from '../returns/mappings';
import { livingBehaviour, livingNodes, settingsFault } from '../runtime/define-node';
import { RETURNS_MAPPINGS, type MappingsNode } from '../runtime/mappings-node';
import type { HttpRequestIn, NodeRed } from '../runtime/node-red';
import { tablesSchema } from './mapping-settings';

/** What the dialog asks of a deployed node besides what the flow does. */
export interface ServedMappings {
  newestAudit(): MappingAudit | null;
}

/** More than this nobody reads in a dialog. */
const MOST_SHOWN = 500;

const tableSchema = z.enum(MAPPING_TABLE_NAMES as [MappingTableName, ...MappingTableName[]]);
const importSchema = z.object({
  format: z.enum(['csv', 'json']),
  /** The table of a CSV file; a JSON file names its own. */
  table: tableSchema.optional(),
  text: z.string(),
  /** Rows of the dialog, with which the file is compared. */
  tables: tablesSchema,
  /** Rows that are not in the file stay. */
  merge: z.boolean().default(false),
});
const exportSchema = z.object({
  format: z.enum(['csv', 'json']),
  table: tableSchema.optional(),
  tables: tablesSchema,
});

/** What a file would do to one table. */
interface TablePreview {
  table: MappingTableName;
  faults: ImportFault[];
  /** All rows of the table as they would be; of a file with faults its good rows alone. */
  rows: MappingRow[];
  changes: MappingChanges;
}

/**
 * What the dialog of Return Mappings has the server do, so that there is one implementation of each rule. Nothing here
 * changes what is deployed.
 *
 * `GET …/tables`: the declaration of the tables; `POST …/check`, `…/import`, `…/export`: what stands in the dialog;
 * `GET …/<node id>/coverage`: what came in, for a deployed node. All behind `returns-mappings.read`.
 */
export function serveMappings(RED: NodeRed): void {
  const path = `/returns-ledger/${RETURNS_MAPPINGS}`;
  const allowed = RED.auth.needsPermission(`${RETURNS_MAPPINGS}.read`);
  const post = (action: string, act: (body: unknown) => object): void =>
    RED.httpAdmin.post(`${path}/${action}`, allowed, (request: HttpRequestIn, response) => {
      try {
        response.json({ ok: true, ...act(request.body) });
      } catch (thrown) {
        const error = thrown instanceof z.ZodError ? settingsFault(thrown) : asLedgerError(thrown);
        response.status(400).json({ ok: false, message: error.message });
      }
    });

  RED.httpAdmin.get(
    `${path}/tables`,
    allowed,
    (_request, response) => void response.json({ any: ANY, kinds: CELL_KINDS, tables: MAPPING_TABLES }),
  );
  post('check', (body) => {
    const { tables } = z.object({ tables: tablesSchema }).parse(body);
    const faults = MAPPING_TABLE_NAMES.map((table): [string, RowFault[]] => [
      table,
      checkRows(table, tables[table] ?? []),
    ]);
    return { faults: Object.fromEntries(faults.filter(([, found]) => found.length > 0)) };
  });
  post('import', (body) => previewImport(importSchema.parse(body)));
  post('export', (body) => {
    const { format, table, tables } = exportSchema.parse(body);
    return {
      text: format === 'json' ? writeJson(tables) : writeCsv(table ?? 'sku', tables[table ?? 'sku'] ?? []),
    };
  });
  RED.httpAdmin.get(`${path}/:id/coverage`, allowed, (request, response) => {
    const found = livingBehaviour(request.params['id'] ?? '', RETURNS_MAPPINGS);
    if (!found) {
      response.sendStatus(404);
      return;
    }
    describeCoverage(request.params['id'] ?? '', found as MappingsNode & ServedMappings).then(
      (answer) => response.json({ ok: true, ...answer }),
      (thrown: unknown) => response.status(503).json({ ok: false, message: asLedgerError(thrown).message }),
    );
  });
}

function previewImport({ format, table, text, tables, merge }: z.infer<typeof importSchema>): {
  unreadable: string | null;
  previews: TablePreview[];
} {
  const read: [MappingTableName, ImportResult][] = [];
  if (format === 'csv') read.push([table ?? 'sku', readCsv(table ?? 'sku', text)]);
  else {
    const { tables: found, unreadable } = readJson(text);
    if (unreadable !== null) return { unreadable, previews: [] };
    for (const name of MAPPING_TABLE_NAMES) {
      const one = found[name];
      if (one) read.push([name, one]);
    }
  }
  const previews = read.map(([name, { rows, faults }]): TablePreview => {
    const before = cleanRows(name, tables[name] ?? []);
    // With faults, rows that the file has and that are wrong must not look removed.
    const after = merge || faults.length > 0 ? mergedRows(name, before, rows) : rows;
    return { table: name, faults, rows: after, changes: changesBetween(name, before, after) };
  });
  return { unreadable: null, previews };
}

interface DescribedCode extends Sighting {
  suggestions: Suggestion[];
}

async function describeCoverage(
  id: string,
  node: MappingsNode & ServedMappings,
): Promise<{
  version: string;
  unmapped: DescribedCode[];
  unused: object[];
  beyond: object;
  audit: MappingAudit | null;
}> {
  await node.counted();
  const mappings = node.mappings();
  const store = await node.store();
  const sightings = await store.sightings(id);
  const audit = node.newestAudit();
  // Which SKUs are items of the ERP as they are, only the audit has asked.
  const skus = (audit?.tables ?? [])
    .flatMap((one) => one.unmapped)
    .filter(({ table, keys }) => table === 'sku' && mappings.findAny(table, keys) === null);
  const tables = coverage(mappings, sightings, () => true);
  const unmapped = [...tables.flatMap((one) => one.unmapped), ...skus]
    .slice(0, MOST_SHOWN)
    .map((sighting): DescribedCode => ({
      ...sighting,
      suggestions: suggestionsFor(sighting, mappings.rows(sighting.table), audit, id),
    }));
  return {
    version: mappings.version,
    unmapped,
    unused: tables
      .filter(({ unused }) => unused.length > 0)
      .map(({ table, unused }) => ({
        table,
        count: unused.length,
        keys: unused.slice(0, MOST_SHOWN).map((row) => rowKey(table, row)),
      })),
    beyond: sightings.beyond,
    audit,
  };
}

/** What a code may mean, by what is mapped already here and in other mappings. */
function suggestionsFor(
  { table, keys }: { table: MappingTableName; keys: Readonly<Record<string, string>> },
  rows: readonly MappingRow[],
  audit: MappingAudit | null,
  own: string,
): Suggestion[] {
  const code = codeColumn(table);
  const made = audit?.suggestions.find((one) => one.table === table && one.code === keys[code]);
  if (made) return made.suggestions;
  const value = tableOf(table).columns.find(({ role }) => role === 'value')?.name ?? '';
  const earlier = livingNodes(RETURNS_MAPPINGS).flatMap(({ id, label, behaviour }): EarlierAcceptance[] => {
    if (id === own) return [];
    try {
      const others = (behaviour as MappingsNode).mappings().rows(table);
      return others.map((row) => ({ code: row[code] ?? '', value: row[value] ?? '', where: label }));
    } catch {
      // Mappings that need attention themselves have nothing to say.
      return [];
    }
  });
  const candidates = rows.map((row) => ({ value: row[value] ?? '', name: row[code] ?? null }));
  return suggest({ code: keys[code] ?? '' }, candidates, earlier);
}

/** The key column in which the platform’s code stands: the last one that is no choice and may not be any. */
function codeColumn(table: MappingTableName): string {
  return keyColumns(table).findLast(({ choices, any }) => !choices && !any)?.name ?? '';
}
