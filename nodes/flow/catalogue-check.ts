import type { ErpItem } from '../returns/erp-connector';
import { LedgerError } from '../returns/failure';
import type { MappingAudit } from '../returns/mapping-coverage';
import type { ItemLookup } from './item-lookup';
import type { Filled, ItemMaster } from './item-master';
import type { MappingAudits } from './mapping-audits';

/** What can be asked of the SKU Validator with `msg.command`. */
export type ValidatorCommand =
  { command: 'fill' } | { command: 'audit' } | { command: 'catalogue'; skus: string[] };

/** What commands are carried out with. */
export interface CommandParts {
  lookup: ItemLookup;
  master: ItemMaster;
  /** Null where the node uses no mappings. */
  audits: MappingAudits | null;
}

/** SKUs that one look-up asks for. */
const CHUNK = 500;
/** Items of the ERP that are listed by name; the rest is counted. */
const MOST_LISTED = 1000;

/** How the catalogue of a platform differs from the ERP's item master (R34, R39). */
export interface CatalogueDifferences {
  asked: number;
  /** Known to the ERP and active. */
  active: number;
  absent: string[];
  blocked: { sku: string; reason: string | null }[];
  discontinued: { sku: string; reason: string | null }[];
  /** Active in the ERP and not asked about, where the ERP offers its whole item master: the first of them. */
  notOnPlatform: { count: number; skus: string[] } | null;
}

/** Reads a command; null where the message is none. Throws `command-invalid` that says what is missing. */
export function readValidatorCommand(command: unknown, payload: unknown): ValidatorCommand | null {
  if (command === 'fill' || command === 'audit') return { command };
  if (command !== 'catalogue') return null;
  const list: unknown[] = Array.isArray(payload) ? payload : [];
  const wrong = list.findIndex((sku) => typeof sku !== 'string' || sku.trim() === '');
  if (!Array.isArray(payload) || wrong !== -1) {
    throw new LedgerError({
      code: 'command-invalid',
      class: 'data-invalid',
      message:
        wrong === -1
          ? 'For catalogue, msg.payload must be a list of SKUs'
          : `For catalogue, msg.payload must be a list of SKUs: entry ${wrong + 1} is none`,
    });
  }
  return { command, skus: list.map((sku) => String(sku)) };
}

export async function carryOut(
  command: ValidatorCommand,
  { lookup, master, audits }: CommandParts,
): Promise<Filled | CatalogueDifferences | MappingAudit> {
  if (command.command === 'fill') return master.fill();
  if (command.command === 'audit') {
    if (audits) return audits.run();
    throw new LedgerError({
      code: 'mappings-not-set',
      class: 'config',
      message:
        'audit compares Return Mappings with the ERP, and this node uses none: open it and choose some',
    });
  }
  return master.offered ? byItemMaster(command.skus, master) : byLookUp(command.skus, lookup);
}

/** One pass through the item master, however many SKUs are asked about. */
async function byItemMaster(skus: readonly string[], master: ItemMaster): Promise<CatalogueDifferences> {
  // ERPs compare item numbers without regard to case.
  const asked = new Map(skus.map((sku) => [sku.toLowerCase(), sku]));
  const found = new Map<string, ErpItem>();
  const notOnPlatform = { count: 0, skus: [] as string[] };
  await master.fill((item) => {
    const sku = asked.get(item.sku.toLowerCase());
    if (sku !== undefined) found.set(sku, item);
    else if (item.state === 'active') {
      notOnPlatform.count += 1;
      if (notOnPlatform.skus.length < MOST_LISTED) notOnPlatform.skus.push(item.sku);
    }
  });
  return { ...sorted([...asked.values()], found), notOnPlatform };
}

async function byLookUp(skus: readonly string[], lookup: ItemLookup): Promise<CatalogueDifferences> {
  const asked = [...new Set(skus)];
  const found = new Map<string, ErpItem>();
  for (let start = 0; start < asked.length; start += CHUNK) {
    const answers = await lookup.find(asked.slice(start, start + CHUNK));
    for (const [sku, { item }] of answers) found.set(sku, item);
  }
  return { ...sorted(asked, found), notOnPlatform: null };
}

function sorted(
  asked: readonly string[],
  found: ReadonlyMap<string, ErpItem>,
): Omit<CatalogueDifferences, 'notOnPlatform'> {
  const of = (state: ErpItem['state']): { sku: string; reason: string | null }[] =>
    asked.flatMap((sku) => {
      const item = found.get(sku);
      return (item?.state ?? 'unknown') === state ? [{ sku, reason: item?.reason ?? null }] : [];
    });
  return {
    asked: asked.length,
    active: of('active').length,
    absent: of('unknown').map(({ sku }) => sku),
    blocked: of('blocked'),
    discontinued: of('discontinued'),
  };
}
