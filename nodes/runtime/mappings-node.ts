import { createHash } from 'node:crypto';
import { LedgerError } from '../returns/failure';
import type { MappingAudit } from '../returns/mapping-coverage';
import type { ReturnLine } from '../returns/event';
import { findItem, type Mappings } from '../returns/mappings';
import type { KeysOf, MappingTableName, RowOf } from '../returns/mapping-tables';
import type { ReturnsStore } from '../store/store';
import type { NodeBehaviour, NodeContext } from './define-node';

export const RETURNS_MAPPINGS = 'returns-mappings';

/** A code that was looked up for a return. */
export interface SeenCode {
  table: MappingTableName;
  /** What was looked for; a key that the platform did not tell is null. */
  keys: Readonly<Record<string, string | null>>;
  brand: string;
}

/** The config node Return Mappings, as the nodes that look codes up see it. */
export interface MappingsNode extends NodeBehaviour {
  /** The rows that hold: its own and those of its base. */
  mappings(): Mappings;
  /** Counts codes that came in, for the coverage report. Nobody waits for it, and it never fails. */
  saw(codes: readonly SeenCode[]): void;
  /** What was counted so far is stored when the promise resolves. */
  counted(): Promise<void>;
  /** The store that keeps its versions and what came in. */
  store(): Promise<ReturnsStore>;
  /** Keeps the newest audit, for the dialog. */
  audited(audit: MappingAudit): void;
}

function isMappingsNode(behaviour: NodeBehaviour): behaviour is MappingsNode {
  return 'mappings' in behaviour && 'saw' in behaviour;
}

/** The mappings that a node refers to. Throws `mappings-not-set` (config) where there are none. */
export function mappingsOf(
  node: Pick<NodeContext<unknown>, 'peerThat'>,
  mappingsNodeId: string,
): MappingsNode {
  const found = node.peerThat(mappingsNodeId, isMappingsNode);
  if (found) return found;
  throw new LedgerError({
    code: 'mappings-not-set',
    class: 'config',
    message:
      'No Return Mappings are chosen, or they are disabled or need attention themselves: open the node and choose some',
  });
}

/** Looks a code up and counts that it came in. Null where there is no row: the caller raises the exception (R66). */
export function lookUp<T extends MappingTableName>(
  from: Pick<MappingsNode, 'mappings' | 'saw'>,
  table: T,
  keys: KeysOf<T>,
  brand: string,
): RowOf<T> | null {
  from.saw([{ table, keys, brand }]);
  return from.mappings().find(table, keys);
}

/**
 * The row for the item of a line: by its SKU, else its variant, else its barcode. Null means that there is none, which is
 * a mistake only where the ERP does not know the SKU as it is.
 */
export function lookUpItem(
  from: Pick<MappingsNode, 'mappings' | 'saw'>,
  line: Pick<ReturnLine, 'sku' | 'variantId' | 'upc'>,
  brand: string,
): RowOf<'sku'> | null {
  const row = findItem(from.mappings(), { sku: line.sku, variant: line.variantId, upc: line.upc });
  from.saw([{ table: 'sku', keys: { by: row?.by ?? 'sku', code: row?.code ?? line.sku }, brand }]);
  return row;
}

/** The version of a content: short enough to stand in a document’s references. */
export function versionOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** The references of a posted document with the version of the mappings that were used for it. */
export function withMappings(
  references: Readonly<Record<string, string>>,
  mappings: Pick<Mappings, 'version'> | null,
): Record<string, string> {
  return mappings === null ? { ...references } : { ...references, mappings: mappings.version };
}
