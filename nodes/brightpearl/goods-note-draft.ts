import type { Mappings } from '../returns/mappings';
import { withMappings } from '../runtime/mappings-node';
import type { IntentData } from '../store/store';
import type { MeantLine } from './goods-in-check';
import type { Receipt } from './plan-goods-in';
import type { GoodsInPolicy, Place } from './put-away';
import type { Credit, CreditRow, OriginalOrder } from './records';
import { writeUnits } from '../returns/unit-count';

/** A goods-in note as it is sent, and what its document says of it. Kept before it leaves, so that it can be sent again. */
export interface NoteDraft {
  body: Record<string, unknown>;
  meant: MeantLine[];
  /** The line of the return that each of the rows sent is of. */
  rows: { lineId: string; sku: string | null }[];
  references: Record<string, string>;
}

export interface DraftFacts {
  credit: Credit;
  original: OriginalOrder | null;
  warehouseId: number;
  locations: Readonly<Record<Place, number>>;
  policy: Pick<GoodsInPolicy, 'rowField' | 'unitCost' | 'mappings'>;
  reference: string;
  receivedOn: string;
}

/** Writes a note (goods-in-note POST). */
export function draftNote(receipts: readonly Receipt[], facts: DraftFacts): NoteDraft {
  const { credit, original, locations, policy, warehouseId, reference, receivedOn } = facts;
  const moved = together(
    receipts.flatMap(({ line, moves, place }) =>
      moves.map((move) => ({ ...move, line, locationId: locations[place] })),
    ),
  );
  return {
    body: {
      transfer: false,
      warehouseId,
      goodsMoved: moved.map(({ rowId, productId, quantity, locationId }) => ({
        productId,
        [policy.rowField]: rowId,
        quantity,
        destinationLocationId: locationId,
        productValue: unitValue(
          credit.rows.find((row) => row.rowId === rowId),
          credit,
          original,
          policy.unitCost,
        ),
      })),
      receivedOn,
      userBatchReference: reference,
    },
    meant: moved.map(({ rowId, quantity, locationId }) => ({ rowId, quantity, locationId })),
    rows: moved.map(({ line }) => ({ lineId: line.id, sku: line.sku })),
    references: noteReferences(receipts, facts, policy.mappings),
  };
}

/** Units of one row that go into one place stand on one line of the note. */
function together<T extends { rowId: number; locationId: number; quantity: number }>(
  moved: readonly T[],
): T[] {
  const lines = new Map<string, T>();
  for (const move of moved) {
    const key = `${move.rowId} ${move.locationId}`;
    const known = lines.get(key);
    lines.set(key, known ? { ...known, quantity: known.quantity + move.quantity } : move);
  }
  return [...lines.values()];
}

/** What the document of a note says beside its number. */
export function noteReferences(
  receipts: readonly Receipt[],
  {
    credit,
    warehouseId,
    locations,
    reference,
  }: Pick<DraftFacts, 'credit' | 'warehouseId' | 'locations' | 'reference'>,
  mappings: Mappings | null,
): Record<string, string> {
  const apart = receipts.filter(({ place }) => place === 'quarantine');
  const moving = receipts.filter(({ moves }) => moves.length > 0);
  const used = [...new Set(moving.map(({ place }) => locations[place]))];
  const references = {
    reference,
    credit: String(credit.id),
    warehouse: String(warehouseId),
    location: used.join(', '),
    ...writeUnits(receipts),
    quarantine: String(apart.length > 0),
    ...(apart.length === 0 ? {} : { quarantined: writeUnits(apart).lines }),
    products: productsText(receipts),
  };
  return withMappings(references, mappings);
}

/** The products that one unit of a line is made of, as `line:product×each`: what leaves quarantine in the end. */
function productsText(receipts: readonly Receipt[]): string {
  const entries = receipts.flatMap(({ lineId, units, moves }) => {
    const sums = new Map<number, number>();
    for (const { productId, quantity } of moves) sums.set(productId, (sums.get(productId) ?? 0) + quantity);
    return [...sums].map(([productId, sum]) => `${encodeURIComponent(lineId)}:${productId}×${sum / units}`);
  });
  return [...new Set(entries)].join(' ');
}

/** Reads the products of a line from a document's references. */
export function productsOf(references: Readonly<Record<string, string>>, lineId: string): [number, number][] {
  return (references['products'] ?? '').split(' ').flatMap((entry): [number, number][] => {
    const [line = '', product = ''] = entry.split(':');
    const [id, each] = product.split('×').map(Number);
    return decodeURIComponent(line) === lineId && id && each ? [[id, each]] : [];
  });
}

/**
 * What a unit is worth as it comes in: its cost on the original order, in the currency that it is told in. Order GET
 * speaks of "row cost" and names the field `itemCost`; published clients of the API hand it on as the value of a unit.
 * So it is a setting. Without a cost, the goods come in with the value 0.
 */
export function unitValue(
  row: CreditRow | undefined,
  credit: Pick<Credit, 'currency'>,
  original: OriginalOrder | null,
  unitCost: GoodsInPolicy['unitCost'],
): { currency: string; value: number } {
  const none = { currency: original?.accountingCurrency ?? credit.currency, value: 0 };
  if (!row || !original || unitCost === 'none') return none;
  const named = original.rows.find(({ rowId }) => String(rowId) === row.externalRef);
  // Components that Brightpearl added itself carry no reference: the product tells.
  const sold = named ?? original.rows.find(({ productId }) => productId === row.productId);
  if (!sold || sold.cost === null || sold.cost <= 0) return none;
  const fine = unitCost === 'unit' ? sold.cost : Math.round(sold.cost / Math.max(1, sold.quantity ?? 1));
  return { currency: sold.costCurrency === '' ? none.currency : sold.costCurrency, value: fine / 10_000 };
}

/** The draft as an intent keeps it. */
export function keepDraft(draft: NoteDraft): IntentData {
  return { draft: JSON.stringify(draft) };
}

export function keptDraft(kept: IntentData | undefined): NoteDraft | null {
  const text = kept?.['draft'];
  return typeof text === 'string' ? (JSON.parse(text) as NoteDraft) : null;
}
