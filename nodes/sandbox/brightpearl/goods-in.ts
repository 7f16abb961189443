import type { Account } from './account';
import { stockRows } from './codes';
import type { EventBus } from './events';
import { UNIT, type SimNote, type SimOrder, type SimRow } from './records';
import { invalidField, Refusal, refuse, type Fault } from './refusal';
import type { Sales } from './sales';
import { done, isRecord, readDecimal, readId, readTime, type Answer } from './wire';

/** Goods-in notes: stock that enters a warehouse on a sales credit [D goods-in-note POST and GET]. */
export class GoodsIn {
  /** "Must be unique across all goods-in notes" [D]. */
  private readonly references = new Set<string>();

  constructor(
    private readonly account: Account,
    private readonly sales: Sales,
    private readonly events: EventBus,
  ) {}

  /** Makes the note and answers its id. One row of the same product more makes one note more; the first id is told [D]. */
  create(order: SimOrder, body: Record<string, unknown>): number {
    const { account } = this;
    if (order.type !== 'SC' || order.statusId === account.statusFor('SC', 'cancelled')) {
      refuse('notReceivable', { id: order.id });
    }
    this.sales.mustBeUnlocked(order);
    const warehouse = account.warehouses.get(readId(body['warehouseId']) ?? 0);
    const faults: Fault[] = [];
    if (!warehouse) faults.push(invalidField('warehouseId', body['warehouseId'], 'it does not exist'));
    if (body['receivedOn'] !== undefined && readTime(body['receivedOn']) === null) {
      faults.push(invalidField('receivedOn', body['receivedOn'], 'it must be an ISO 8601 date'));
    }
    const lines = this.readLines(order, warehouse?.id ?? 0, body['goodsMoved'], faults);
    if (faults.length > 0) throw new Refusal(faults);
    const reference = body['userBatchReference'];
    const batchReference = typeof reference === 'string' && reference !== '' ? reference : null;
    if (batchReference !== null && this.references.has(batchReference)) {
      refuse('duplicateBatchReference', { ref: batchReference });
    }
    if (batchReference !== null) this.references.add(batchReference);
    const notes = splitByProduct(lines).map((part): SimNote => ({
      id: account.nextId('goods-note', 1),
      orderId: order.id,
      warehouseId: warehouse?.id ?? 0,
      batchReference,
      receivedOn: readTime(body['receivedOn']) ?? account.now(),
      lines: part,
    }));
    for (const note of notes) {
      account.notes.set(note.id, note);
      for (const line of note.lines) {
        account.stock.move(line.productId, line.locationId, line.quantity);
        const row = order.rows.find(({ id }) => id === line.rowId);
        if (row) row.received += line.quantity;
      }
      this.events.raise('goods-in-note.created', note.id);
    }
    order.updatedOn = account.now();
    return notes[0]?.id ?? 0;
  }

  /** Takes items of a note back, "if there is sufficient on hand quantity" [D goods-in-correction POST]. */
  correct(noteId: number, body: Record<string, unknown>): Answer {
    const note = this.account.notes.get(noteId) ?? refuse('notFound', { what: `/goods-in/${noteId}` });
    const quantity = readDecimal(body['quantity'], 0) ?? 0;
    const line = note.lines.find(
      ({ productId, locationId }) =>
        productId === readId(body['productId']) && locationId === readId(body['locationId']),
    );
    if (!line)
      return refuse('fieldInvalid', { field: 'productId', value: '', why: 'it is not on the note there' });
    if (quantity <= 0)
      return refuse('fieldInvalid', { field: 'quantity', value: quantity, why: 'it must be positive' });
    const held = this.account.stock.at(line.productId, line.locationId);
    if (quantity > Math.min(held, line.quantity - line.corrected)) {
      return refuse('notEnoughStock', {
        held: Math.min(held, line.quantity - line.corrected),
        product: line.productId,
        location: line.locationId,
        quantity,
      });
    }
    this.account.stock.move(line.productId, line.locationId, -quantity);
    line.corrected += quantity;
    const row = this.account.orders.get(note.orderId)?.rows.find(({ id }) => id === line.rowId);
    if (row) row.received -= quantity;
    return done();
  }

  private readLines(order: SimOrder, warehouseId: number, moved: unknown, faults: Fault[]): SimNote['lines'] {
    if (!Array.isArray(moved) || moved.length === 0) {
      faults.push({ key: 'fieldRequired', values: { field: 'goodsMoved' } });
      return [];
    }
    const open = new Map<number, number>();
    const rowField = this.account.options.goodsInRowField ?? 'purchaseOrderRowId';
    return moved.flatMap((entry: unknown, index) => {
      const line = isRecord(entry) ? entry : {};
      const place = `goodsMoved[${index}]`;
      const row = stockRows(this.account, order).find(({ id }) => id === readId(line[rowField]));
      if (!row) {
        faults.push(
          invalidField(`${place}.${rowField}`, line[rowField], 'it is no stock-tracked row of the order'),
        );
        return [];
      }
      if (row.productId !== readId(line['productId'])) {
        faults.push(
          invalidField(`${place}.productId`, line['productId'], 'it is not the product of the row'),
        );
      }
      const location = this.account.locations.get(readId(line['destinationLocationId']) ?? 0);
      if (location?.warehouseId !== warehouseId) {
        faults.push(
          invalidField(
            `${place}.destinationLocationId`,
            line['destinationLocationId'],
            'it is not in the warehouse',
          ),
        );
      }
      const worth = isRecord(line['productValue']) ? line['productValue'] : {};
      const value = readDecimal(worth['value'], 4);
      if (value === null || typeof worth['currency'] !== 'string') {
        faults.push({ key: 'fieldRequired', values: { field: `${place}.productValue` } });
      }
      const quantity = readDecimal(line['quantity'], 0);
      if (quantity === null || quantity <= 0) {
        faults.push(
          invalidField(`${place}.quantity`, line['quantity'], 'it must be a positive whole number'),
        );
        return [];
      }
      const left = open.get(row.id) ?? leftToReceive(row);
      open.set(row.id, left - quantity);
      if (quantity > left)
        faults.push({ key: 'overReceived', values: { row: row.id, open: left, quantity } });
      return [
        {
          productId: row.productId ?? 0,
          rowId: row.id,
          quantity,
          locationId: location?.id ?? 0,
          value: value ?? 0,
          currency: String(worth['currency']),
          corrected: 0,
        },
      ];
    });
  }
}

/** Lines of one product on several rows stand on notes of their own. */
function splitByProduct(lines: SimNote['lines']): SimNote['lines'][] {
  const parts: SimNote['lines'][] = [];
  for (const line of lines) {
    const part = parts.find((known) => !known.some(({ productId }) => productId === line.productId));
    if (part) part.push(line);
    else parts.push([line]);
  }
  return parts;
}

function leftToReceive(row: SimRow): number {
  return row.quantity / UNIT - row.received;
}
