import { numberIn, textIn } from './records';

/** Goods-in notes of Brightpearl, as goods-in-note GET tells them. */

export interface GoodsNote {
  id: number;
  /** The order or credit that it was booked on. */
  orderId: number;
  /** `userBatchReference`: "must be unique across all goods-in notes" (goods-in-note POST). */
  reference: string;
  moved: NoteLine[];
}

export interface NoteLine {
  /** Row of the order: "even if this movement belongs to a sales credit" it stands in `purchaseOrderRowId`. */
  rowId: number;
  productId: number;
  quantity: number;
  locationId: number;
}

type Json = Record<string, unknown>;

/** Reads the map from note id to note; what was cancelled has received nothing. */
export function readGoodsNotes(answer: unknown): GoodsNote[] {
  if (typeof answer !== 'object' || answer === null) return [];
  return Object.values(answer as Record<string, Json>)
    .filter((raw) => textIn(raw, 'goodsNoteStatus').toUpperCase() !== 'CANCELLED')
    .map((raw) => ({
      id: numberIn(raw, 'goodsNoteId'),
      orderId: numberIn(raw, 'orderId'),
      reference: textIn(raw, 'userBatchReference'),
      moved: (Array.isArray(raw['goodsMoved']) ? (raw['goodsMoved'] as Json[]) : []).map((line) => ({
        rowId: numberIn(line, 'purchaseOrderRowId'),
        productId: numberIn(line, 'productId'),
        quantity: numberIn(line, 'quantity'),
        locationId: numberIn(line, 'destinationLocationId'),
      })),
    }))
    .sort((a, b) => a.id - b.id);
}

/** Units that notes have received on each row. */
export function receivedOnRows(notes: readonly GoodsNote[]): Map<number, number> {
  const received = new Map<number, number>();
  for (const { moved } of notes) {
    for (const { rowId, quantity } of moved) received.set(rowId, (received.get(rowId) ?? 0) + quantity);
  }
  return received;
}
