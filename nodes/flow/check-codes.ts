import type { Check, SoldOn } from '../returns/check-profile';
import type { ErpSaleLine } from '../returns/erp-sale';
import type { ReturnEvent, ReturnLine } from '../returns/event';
import type { Finding } from '../returns/finding';
import { unmappedLine } from '../returns/mapping-finding';
import { cleanCell, tableOf, type MappingTableName } from '../returns/mapping-tables';
import type { Mappings } from '../returns/mappings';
import { EACH } from '../returns/quantity';
import { lookUp, lookUpItem, type MappingsNode } from '../runtime/mappings-node';

/** Where codes are looked up, and counted for the coverage report. */
export type Tables = Pick<MappingsNode, 'mappings' | 'saw'>;

/** A code that must have a row. */
interface AskedCode {
  table: MappingTableName;
  keys: Readonly<Record<string, string | null>>;
}

type LineCheck = Extract<Check, 'reason' | 'disposition' | 'location' | 'returnType' | 'fee'>;

/**
 * The code of a line for each check; null where the event tells none. What is not known yet, such as the disposition
 * before the inspection, is no mistake; the later event that tells it is checked in its turn.
 */
const CODE_OF: Readonly<Record<LineCheck, (line: ReturnLine, event: ReturnEvent) => AskedCode | null>> = {
  reason: ({ kind, reason }) => {
    const code = codeIn(reason.code) ?? codeIn(reason.text);
    return kind === 'item' && code !== null ? { table: 'reason', keys: { reason: code } } : null;
  },
  // What the warehouse confirmed counts; until then, what the platform proposes.
  disposition: ({ kind, condition, ...line }) => {
    const code = codeIn(line.confirmedDisposition) ?? codeIn(line.platformDisposition);
    const keys = { disposition: code, condition: codeIn(condition) };
    return kind === 'item' && code !== null ? { table: 'disposition', keys } : null;
  },
  // A line's own place counts; until it has one, where the parcel goes.
  location: ({ kind, warehouse }, { shipment }) => {
    const code = codeIn(warehouse) ?? codeIn(shipment?.destinationId ?? null);
    return kind === 'item' && code !== null ? { table: 'location', keys: { location: code } } : null;
  },
  returnType: ({ kind, outcome }) => {
    const code = codeIn(outcome);
    return kind === 'item' && code !== null ? { table: 'returnType', keys: { type: code } } : null;
  },
  // A fee without a name can never be booked, so it is looked up, and not found, as well.
  fee: ({ kind, sku, description }) =>
    kind === 'fee' ? { table: 'fee', keys: { fee: codeIn(sku) ?? codeIn(description) } } : null,
};

/** How the part of the return is called that holds the codes of a table. */
const FIELDS: Readonly<Partial<Record<MappingTableName, string>>> = {
  reason: 'reason',
  disposition: 'disposition',
  location: 'location',
  returnType: 'return type',
  fee: 'fee',
  tax: 'tax',
};

const LINE_CHECKS = Object.keys(CODE_OF) as LineCheck[];

/** Codes of the lines without a row, each where it stands (R60, R66, R69, R72). Nothing falls to a default. */
export function checkCodes(event: ReturnEvent, checks: ReadonlySet<Check>, tables: Tables): Finding[] {
  const asked = LINE_CHECKS.filter((check) => checks.has(check));
  return asked.flatMap((check) =>
    event.lines.flatMap((line) => {
      const code = CODE_OF[check](line, event);
      return code === null ? [] : unmapped(code, line, event.brand, tables);
    }),
  );
}

/**
 * Lines of the order that returned goods were sold on and whose tax has no row: by its code, or else by its rate (R54,
 * R55). An ERP that tells neither is not asked more.
 */
export function checkTaxCodes(soldOn: readonly SoldOn[], brand: string, tables: Tables): Finding[] {
  return soldOn.flatMap(({ line, sold }) => {
    const codes = new Map(
      sold.flatMap((one) => {
        const keys = taxKeys(one, tables.mappings());
        return keys === null ? [] : [[`${keys.by} ${keys.tax}`, keys] as const];
      }),
    );
    return [...codes.values()].flatMap((keys) => unmapped({ table: 'tax', keys }, line, brand, tables));
  });
}

/** What to look for: the code, unless only the rate has a row. */
function taxKeys(
  { taxCode, taxRate }: Pick<ErpSaleLine, 'taxCode' | 'taxRate'>,
  mappings: Mappings,
): { by: string; tax: string } | null {
  const code = codeIn(taxCode);
  const byCode = code === null ? null : { by: 'code', tax: code };
  const byRate = taxRate === null ? null : { by: 'rate', tax: String(taxRate / 100) };
  const hasRow = [byCode, byRate].find((keys) => keys !== null && mappings.find('tax', keys) !== null);
  return hasRow ?? byCode ?? byRate;
}

function unmapped({ table, keys }: AskedCode, line: ReturnLine, brand: string, tables: Tables): Finding[] {
  tables.saw([{ table, keys, brand }]);
  if (tables.mappings().findAny(table, keys) !== null) return [];
  const { lineId, sku, expected, received } = unmappedLine(table, keys, line);
  const what = received ?? `line ${line.id} has no code`;
  return [
    {
      code: tableOf(table).unmapped,
      what,
      line: { lineId, sku, field: FIELDS[table] ?? null, expected, received },
    },
  ];
}

/** Counts the items, units and bundles of a return, which are looked up whatever is checked. */
export function noteGoods(event: ReturnEvent, named: ReturnEvent, tables: Tables): void {
  const { brand } = event;
  for (const [at, line] of event.lines.entries()) {
    if (line.kind === 'fee') continue;
    lookUpItem(tables, line, brand);
    if (line.replacementSku !== null) lookUp(tables, 'sku', { by: 'sku', code: line.replacementSku }, brand);
    const item = named.lines[at]?.sku ?? null;
    if (item === null) continue;
    noteUnit(item, line.quantity.unit, brand, tables);
    // Most items are no bundle: those would only fill the report.
    if (tables.mappings().findTogether('bundle', item).length > 0)
      tables.saw([{ table: 'bundle', keys: { parent: item }, brand }]);
  }
}

/** Counts the units that an order was sold in, where the ERP does not tell what they hold. */
export function noteSoldUnits(soldOn: readonly SoldOn[], brand: string, tables: Tables): void {
  for (const { sku, unit, pieces } of soldOn.flatMap(({ sold }) => sold)) {
    if (sku !== null && unit !== null && pieces === null) noteUnit(sku, unit, brand, tables);
  }
}

/** In the direction in which there is a row. */
function noteUnit(item: string, unit: string, brand: string, { mappings, saw }: Tables): void {
  if (unit === EACH) return;
  const there = { item, from: unit, to: EACH };
  const back = { item, from: EACH, to: unit };
  const byBack = mappings().find('unit', there) === null && mappings().find('unit', back) !== null;
  saw([{ table: 'unit', keys: byBack ? back : there, brand }]);
}

function codeIn(text: string | null): string | null {
  const code = text === null ? '' : cleanCell(text);
  return code === '' ? null : code;
}
