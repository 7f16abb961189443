import type { Account } from './account';
import type { EventBus } from './events';
import { GoodsIn } from './goods-in';
import { IdSet } from './id-set';
import { bodyOf, listAnswer, orderOf } from './order-routes';
import type { SimLocation, SimNote, SimWarehouse } from './records';
import { invalidField, Refusal, refuse, type Fault } from './refusal';
import { allocated, onHand, type Sales } from './sales';
import { done, isRecord, money, ok, readDecimal, readId, wireTime, type Answer, type Route } from './wire';

/** The warehouse service. */
export function warehouseRoutes(account: Account, sales: Sales, events: EventBus): Route[] {
  const intake = new GoodsIn(account, sales, events);
  return [
    {
      method: 'GET',
      pattern: /^\/warehouse-service\/warehouse\/?([^/]*)$/,
      handle: (_call, [ids = '']) => {
        const found =
          ids === '' ? [...account.warehouses.values()] : IdSet.parse(ids).pick(account.warehouses);
        return listAnswer(
          account,
          found.map(({ id, name }) => ({
            name,
            typeCode: 'warehouse',
            typeDescription: 'Warehouse',
            id,
            address: { addressId: 2 },
            clickAndCollectEnabled: false,
          })),
          'warehouses',
        );
      },
    },
    {
      // The paths of the two endpoints are those of a published client [I].
      method: 'GET',
      pattern: /^\/warehouse-service\/warehouse\/(\d+)\/location\/(default|quarantine)$/,
      handle: (_call, [id = '', kind]) => {
        const warehouse = warehouseOf(account, Number(id));
        return ok(kind === 'default' ? warehouse.defaultLocation : warehouse.quarantineLocation);
      },
    },
    {
      method: 'GET',
      pattern: /^\/warehouse-service\/warehouse\/(\d+)\/location\/?([\d,.-]*)$/,
      handle: (_call, [id = '', ids = '']) => {
        const warehouse = warehouseOf(account, Number(id));
        const all = ids === '' ? [...account.locations.values()] : IdSet.parse(ids).pick(account.locations);
        const found = all.filter((location) => location.warehouseId === warehouse.id);
        return listAnswer(account, found.map(presentLocation), 'locations');
      },
    },
    {
      method: 'GET',
      pattern: /^\/warehouse-service\/product-availability\/([^/]+)$/,
      handle: (_call, [ids = '']) => {
        const found = IdSet.parse(ids).atMost(200).pick(account.products);
        return ok(new Map(found.map(({ id }) => [id, availability(account, id)])));
      },
    },
    {
      method: 'POST',
      pattern: /^\/warehouse-service\/order\/(\d+)\/goods-note\/goods-in\/?$/,
      handle: (call, [id = '']) => ok(intake.create(orderOf(account, id), bodyOf(call))),
    },
    {
      method: 'GET',
      pattern: /^\/warehouse-service\/order\/([^/]+)\/goods-note\/goods-in\/?([^/]*)$/,
      handle: (_call, [orders = '', notes = '']) => {
        if (orders === '*' && notes === '') return refuse('idSetEmpty', { what: 'goods-in notes' });
        const orderIds = orders === '*' ? null : IdSet.parse(orders).atMost(200);
        const noteIds = notes === '' ? null : IdSet.parse(notes).atMost(200);
        const found = [...account.notes.values()].filter(
          (note) => (orderIds?.has(note.orderId) ?? true) && (noteIds?.has(note.id) ?? true),
        );
        if (found.length === 0) {
          return listAnswer(account, [], 'goods in notes');
        }
        return ok(new Map(found.map((note) => [note.id, presentNote(note)])));
      },
    },
    {
      method: 'POST',
      pattern: /^\/warehouse-service\/goods-note\/goods-in\/(\d+)\/correction$/,
      handle: (call, [id = '']) => intake.correct(Number(id), bodyOf(call)),
    },
    {
      method: 'POST',
      pattern: /^\/warehouse-service\/warehouse\/(\d+)\/quarantine\/release$/,
      handle: (call, [id = '']) => release(account, events, warehouseOf(account, Number(id)), bodyOf(call)),
    },
    {
      method: 'POST',
      pattern: /^\/warehouse-service\/warehouse\/(\d+)\/stock-correction$/,
      handle: (call, [id = '']) => correctStock(account, warehouseOf(account, Number(id)), bodyOf(call)),
    },
  ];
}

/** Moves stock out of quarantine; the body has three fields [D quarantine-release POST]. */
function release(
  account: Account,
  events: EventBus,
  warehouse: SimWarehouse,
  body: Record<string, unknown>,
): Answer {
  const product = account.products.get(readId(body['productId']) ?? 0);
  const to = account.locations.get(readId(body['toLocationId']) ?? 0);
  const quantity = readDecimal(body['quantity'], 0) ?? 0;
  const faults: Fault[] = [];
  if (!product) faults.push(invalidField('productId', body['productId'], 'the product does not exist'));
  if (to?.warehouseId !== warehouse.id || to.quarantine) {
    faults.push(
      invalidField('toLocationId', body['toLocationId'], 'it is no sellable location of the warehouse'),
    );
  }
  if (quantity <= 0)
    faults.push(invalidField('quantity', body['quantity'], 'it must be a positive whole number'));
  if (!product || !to || faults.length > 0) throw new Refusal(faults);
  const location = warehouse.quarantineLocation;
  const held = account.stock.at(product.id, location);
  if (held === 0) refuse('nothingInLocation', { location });
  if (quantity > held) refuse('notEnoughStock', { held, product: product.id, location, quantity });
  account.stock.move(product.id, location, -quantity);
  account.stock.move(product.id, to.id, quantity);
  events.raise('quarantine-release.created', account.nextId('quarantine-release', 1));
  events.raise('product.modified.on-hand-modified', product.id);
  return done();
}

/** Adjusts stock by hand, for example to write off what came back damaged [I: fields from memory of the page]. */
function correctStock(account: Account, warehouse: SimWarehouse, body: Record<string, unknown>): Answer {
  const corrections = Array.isArray(body['corrections']) ? body['corrections'].filter(isRecord) : [];
  if (corrections.length === 0) return refuse('fieldRequired', { field: 'corrections' });
  const steps = corrections.map((entry, index) => {
    const place = `corrections[${index}]`;
    const product = account.products.get(readId(entry['productId']) ?? 0);
    const location = account.locations.get(readId(entry['locationId']) ?? warehouse.defaultLocation);
    const quantity = readDecimal(entry['quantity'], 0) ?? 0;
    if (!product)
      throw new Refusal([invalidField(`${place}.productId`, entry['productId'], 'it does not exist')]);
    if (location?.warehouseId !== warehouse.id) {
      throw new Refusal([
        invalidField(`${place}.locationId`, entry['locationId'], 'it is not in the warehouse'),
      ]);
    }
    if (typeof entry['reason'] !== 'string') return refuse('fieldRequired', { field: `${place}.reason` });
    const held = account.stock.at(product.id, location.id);
    if (quantity === 0 || held + quantity < 0) {
      return refuse('notEnoughStock', {
        held,
        product: product.id,
        location: location.id,
        quantity: -quantity,
      });
    }
    return { product: product.id, location: location.id, quantity };
  });
  if (new Set(steps.map(({ product, location }) => `${product} ${location}`)).size < steps.length) {
    return refuse('fieldInvalid', {
      field: 'corrections',
      value: '',
      why: 'a product is named twice in a location',
    });
  }
  for (const { product, location, quantity } of steps) account.stock.move(product, location, quantity);
  return ok(steps.map(() => account.nextId('goods-movement', 1)));
}

function warehouseOf(account: Account, id: number): SimWarehouse {
  return account.warehouses.get(id) ?? refuse('notFound', { what: `/warehouse/${id}` });
}

function presentLocation({ id, quarantine }: SimLocation): Record<string, unknown> {
  return quarantine
    ? { id, groupingA: 'QUARANTINE' }
    : { id, groupingA: '0', groupingB: '0', groupingC: '0', groupingD: '0' };
}

function presentNote(note: SimNote): Record<string, unknown> {
  return {
    goodsNoteId: note.id,
    orderId: note.orderId,
    transfer: false,
    goodsNoteStatus: 'CLOSED',
    userBatchReference: note.batchReference ?? undefined,
    receivedOn: wireTime(note.receivedOn),
    goodsMoved: note.lines.map((line) => ({
      productId: line.productId,
      // "even if this movement belongs to a sales credit the order row ID will still appear in this field" [D GET]
      purchaseOrderRowId: line.rowId,
      quantity: line.quantity - line.corrected,
      warehouseId: note.warehouseId,
      destinationLocationId: line.locationId,
      goodsNoteId: note.id,
      batchGoodsNoteId: note.id,
      productValue: { currency: line.currency, value: money(Math.round(line.value / 100), 4) },
    })),
  };
}

/** Quarantine counts as in stock, but cannot be sold [I]. */
function availability(account: Account, productId: number): Record<string, unknown> {
  const figures = (warehouseId: number): Record<string, number> => {
    const hand = onHand(account, productId, warehouseId);
    const taken = allocated(account, productId, warehouseId);
    const quarantine = account.warehouses.get(warehouseId)?.quarantineLocation ?? 0;
    const inStock = hand + account.stock.at(productId, quarantine);
    return { inStock, onHand: hand - taken, allocated: taken, inTransit: 0 };
  };
  const each = [...account.warehouses.keys()].map((id) => [id, figures(id)] as const);
  const sum = (field: string): number => each.reduce((total, [, entry]) => total + (entry[field] ?? 0), 0);
  return {
    total: { inStock: sum('inStock'), onHand: sum('onHand'), allocated: sum('allocated'), inTransit: 0 },
    warehouses: new Map(each),
  };
}
