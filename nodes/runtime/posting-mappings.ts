import { bundleParts } from '../returns/bundle-split';
import type { ReturnEvent, ReturnLine } from '../returns/event';
import { itemOf } from '../returns/mapped-return';
import type { Mappings } from '../returns/mappings';
import { itemLines } from '../returns/posting-checks';
import { EACH } from '../returns/quantity';
import { NO_DISPOSITION, toldDisposition } from '../returns/told-disposition';
import type { NodeContext } from './define-node';
import { lookUpItem, mappingsOf, type SeenCode } from './mappings-node';

/** Tables that a node looks codes up in besides those of items, units and bundles, which each one does. */
export type LookedUp = 'reason' | 'disposition';

/** The Return Mappings that a posting node is set to. Without any, it posts what the platform tells. */
export interface PostingMappings {
  /** The rows that hold now; null where the node uses none. Throws `mappings-not-set` (config) where they are missing. */
  current(): Mappings | null;
  /** Counts the codes of a return that are looked up to post it, for the coverage report. */
  saw(event: ReturnEvent, tables: readonly LookedUp[]): void;
}

/** @param mappingsNodeId of the dialog; blank for none */
export function postingMappings(
  node: Pick<NodeContext<unknown>, 'peerThat'>,
  mappingsNodeId: string,
): PostingMappings {
  if (mappingsNodeId === '') return { current: () => null, saw: () => undefined };
  return {
    // Looked for each time: mappings can be deployed without the nodes that use them.
    current: () => mappingsOf(node, mappingsNodeId).mappings(),
    saw: (event, tables) => {
      const from = mappingsOf(node, mappingsNodeId);
      const mappings = from.mappings();
      const { brand } = event;
      for (const line of event.lines.filter(({ kind }) => kind !== 'fee')) lookUpItem(from, line, brand);
      from.saw(itemLines(event).flatMap((line) => codesOf(line, mappings, brand, tables)));
    },
  };
}

function codesOf(
  line: ReturnLine,
  mappings: Mappings,
  brand: string,
  tables: readonly LookedUp[],
): SeenCode[] {
  const codes: SeenCode[] = [];
  const item = itemOf(line, mappings);
  const { unit } = line.quantity;
  if (item !== null && unit !== EACH) {
    // A row counts as used in the direction that it is written in.
    const back = { item, from: EACH, to: unit };
    const there = { item, from: unit, to: EACH };
    const keys = !mappings.find('unit', there) && mappings.find('unit', back) ? back : there;
    codes.push({ table: 'unit', keys, brand });
  }
  // Most items are no bundle, so those that are none are not counted.
  if (item !== null && bundleParts(mappings, item).length > 0) {
    codes.push({ table: 'bundle', keys: { parent: item }, brand });
  }
  // Without any row of it a table is not in use, and no code is missed there.
  for (const table of tables.filter((one) => mappings.rows(one).length > 0)) {
    codes.push({ ...(table === 'reason' ? reasonOf(line) : dispositionOf(line, mappings)), brand });
  }
  return codes;
}

type Code = Omit<SeenCode, 'brand'>;

function reasonOf({ reason }: ReturnLine): Code {
  return { table: 'reason', keys: { reason: reason.code } };
}

/** Where nobody has told a disposition, the reason may tell what becomes of the goods. */
function dispositionOf(line: ReturnLine, mappings: Mappings): Code {
  const disposition = toldDisposition(line);
  const byReason = disposition === null && mappings.find('reason', { reason: line.reason.code });
  if (byReason && byReason.disposition !== '') return reasonOf(line);
  return {
    table: 'disposition',
    keys: { disposition: disposition ?? NO_DISPOSITION, condition: line.condition },
  };
}
