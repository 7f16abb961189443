import { ITEM_CACHE, type ErpConnector } from '../returns/erp-connector';
import { asLedgerError } from '../returns/failure';
import {
  coverage,
  keyInWords,
  targetsOf,
  type MappingAudit,
  type StaleRow,
  type TableCoverage,
} from '../returns/mapping-coverage';
import { suggest } from '../returns/mapping-suggestions';
import { MAPPING_TABLE_NAMES, tableOf, type TargetKind } from '../returns/mapping-tables';
import type { Mappings } from '../returns/mappings';
import { instantOf } from '../returns/time';
import { withRetry, type Surroundings } from '../runtime/retry';
import type { ReturnsStore } from '../store/store';

/** Values that are asked for in one call. */
const CHUNK = 200;
/** Unmapped SKUs for which the ERP is asked for likely items; the report names all of them. */
const MOST_SUGGESTED = 50;

export interface AuditParts {
  /** The mappings node whose sightings are compared. */
  node: string;
  mappings: Mappings;
  store: Pick<ReturnsStore, 'sightings'>;
  connector: Pick<ErpConnector, 'findItems' | 'findCandidates' | 'existing'>;
  surroundings: Surroundings;
  signal: AbortSignal;
}

/**
 * Compares the mappings with what came in and with what the ERP has now. Nothing is changed and nothing is posted; an ERP
 * that cannot be asked makes the report shorter and says so, it never throws for it.
 */
export async function auditMappings(parts: AuditParts): Promise<MappingAudit> {
  const { mappings, store, node } = parts;
  const sightings = await store.sightings(node);
  const stale: StaleRow[] = [];
  const unchecked: MappingAudit['unchecked'] = [];
  for (const kind of targetKinds()) {
    const targets = targetsOf(mappings, kind);
    if (targets.size === 0) continue;
    const answer = await existing(parts, kind, [...targets.keys()]);
    if (!(answer instanceof Set)) {
      unchecked.push({ kind, why: answer.why });
      continue;
    }
    for (const [value, rows] of targets) {
      if (answer.has(value)) continue;
      for (const { table, row, column } of rows)
        stale.push({ table, row: keyInWords(table, row), column, value });
    }
  }
  const skus = sightings.seen
    .filter(
      ({ table, keys }) => table === 'sku' && keys['by'] === 'sku' && mappings.findAny(table, keys) === null,
    )
    .map(({ keys }) => keys['code'] ?? '');
  const known = await existing(parts, 'item', skus);
  // Where the ERP does not tell, an SKU may be an item as it is: nothing is claimed about it.
  const isKnown = (code: string): boolean =>
    !(known instanceof Set) || known.has(code) || mappings.findTogether('bundle', code).length > 0;
  if (!(known instanceof Set) && !unchecked.some(({ kind }) => kind === 'item')) {
    unchecked.push({ kind: 'item', why: known.why });
  }
  const tables = coverage(mappings, sightings, (_table, keys) => isKnown(keys['code'] ?? ''));
  return {
    version: mappings.version,
    checkedAt: instantOf(parts.surroundings.clock),
    tables,
    stale,
    unchecked,
    suggestions: await suggestions(parts, tables),
  };
}

/** Codes, rows and things in one line for a status or a log: `2 unmapped · 1 stale · 3 unused`; null where all is well. */
export function auditInWords({ tables, stale }: Pick<MappingAudit, 'tables' | 'stale'>): string | null {
  const sum = (of: (table: TableCoverage) => number): number =>
    tables.reduce((all, table) => all + of(table), 0);
  const parts = [
    [sum(({ unmapped }) => unmapped.length), 'unmapped'],
    [stale.length, 'stale'],
    [sum(({ unused }) => unused.length), 'unused'],
  ] as const;
  const found = parts.filter(([count]) => count > 0);
  return found.length === 0 ? null : found.map(([count, word]) => `${count} ${word}`).join(' · ');
}

const DAY_MS = 24 * 3_600_000;

/** Audits at start-up and then once a day, until the node closes. What fails once is tried again after the next wait. */
export async function auditDaily(
  audit: () => Promise<void>,
  failed: (thrown: unknown) => void,
  surroundings: Pick<Surroundings, 'wait'>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await audit().catch((thrown: unknown) => {
      if (!signal.aborted) failed(thrown);
    });
    await surroundings.wait(DAY_MS, signal).catch(() => undefined);
  }
}

function targetKinds(): TargetKind[] {
  const columns = MAPPING_TABLE_NAMES.flatMap((name) => tableOf(name).columns);
  return [...new Set(columns.flatMap(({ target }) => (target === undefined ? [] : [target])))];
}

/** Which of the values the ERP has; where it does not tell, why not. */
async function existing(
  { connector, surroundings, signal }: AuditParts,
  kind: TargetKind,
  values: readonly string[],
): Promise<Set<string> | { why: string }> {
  const found = new Set<string>();
  const wanted = [...new Set(values)];
  try {
    for (let start = 0; start < wanted.length; start += CHUNK) {
      const chunk = wanted.slice(start, start + CHUNK);
      const answer = await withRetry(() => askChunk(connector, kind, chunk, signal), surroundings, signal);
      if (answer === null) return { why: 'the ERP connection does not check these yet' };
      for (const value of answer) found.add(value);
    }
    return found;
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return { why: asLedgerError(thrown).message };
  }
}

async function askChunk(
  connector: AuditParts['connector'],
  kind: TargetKind,
  values: readonly string[],
  signal: AbortSignal,
): Promise<Iterable<string> | null> {
  const told = connector.existing ? await connector.existing(kind, values, signal) : null;
  if (told !== null || kind !== ITEM_CACHE) return told;
  const items = await connector.findItems(values, signal);
  // A blocked or discontinued item is there; that it cannot be posted is the validator’s to say.
  return [...items.values()].filter(({ state }) => state !== 'unknown').map(({ sku }) => sku);
}

async function suggestions(
  { connector, mappings, signal }: AuditParts,
  tables: readonly TableCoverage[],
): Promise<MappingAudit['suggestions']> {
  const unmapped = tables.find(({ table }) => table === 'sku')?.unmapped ?? [];
  const known = mappings.rows('sku').map(({ code = '', item = '' }) => ({
    code,
    value: item,
    where: 'these mappings',
  }));
  const found: MappingAudit['suggestions'] = [];
  for (const { keys } of unmapped.slice(0, MOST_SUGGESTED)) {
    const code = keys['code'] ?? '';
    // A help only: where the ERP cannot be asked, the report goes without.
    const candidates = await connector.findCandidates(code, signal).catch(() => []);
    const made = suggest(
      { code },
      candidates.map(({ itemNumber, name }) => ({ value: itemNumber, name })),
      known,
    );
    if (made.length > 0) found.push({ table: 'sku', code, suggestions: made });
  }
  return found;
}
