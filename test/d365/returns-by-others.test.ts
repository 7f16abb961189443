import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReturnOrderOutcome } from '../../nodes/d365/documents';
import { earlierReturns, MOST_OF_CUSTOMER } from '../../nodes/d365/fscm/earlier-returns';
import { beyondSale, usedByEarlier } from '../../nodes/d365/fscm/line-use';
import type { EarlierReturn, SalesLine } from '../../nodes/d365/fscm/orders';
import type { ReturnEvent } from '../../nodes/returns/event';
import { money } from '../../nodes/returns/money';
import type { Problem } from '../../nodes/returns/posting-checks';
import { addOrder, type WorldOrder } from '../../nodes/sandbox/world';
import { acceptedReturn, creditRig, type CreditRig } from '../support/d365-credit-rig';

const POLICY = { warehouse: 'RETQC', reasons: new Map<string, string>(), orderPattern: null };

/** An order of so many pieces of one item, line by line, for the same customer each time. */
function sold(rig: CreditRig, quantity: number, ...more: number[]): WorldOrder {
  const [item, customer] = [rig.world.items[0]?.sku ?? '', rig.world.orders[0]?.customer ?? ''];
  const order = addOrder(rig.world, { sku: item, quantity, customer });
  const [line] = order.lines;
  assert.ok(line);
  for (const [at, next] of more.entries()) {
    const lineId = String(Number(line.lineId) + at + 1);
    order.lines.push({ ...line, lineId, quantity: next, amountMinor: line.priceMinor * next });
  }
  rig.simulator.takeOver(order);
  return order;
}

function backOf(order: WorldOrder, units: number, at = 0, id = ''): ReturnEvent {
  const lineId = order.lines[at]?.lineId ?? '';
  const name = `HR${order.number}${id}`;
  return acceptedReturn(order, { [lineId]: units }, { returnId: name, returnNumber: name });
}

const create = (rig: CreditRig, of: ReturnEvent): Promise<ReturnOrderOutcome> =>
  rig.connector.createReturnOrder(of, POLICY, rig.store);

function refusalOf(outcome: ReturnOrderOutcome): Problem {
  assert.ok(outcome.outcome === 'exception', JSON.stringify(outcome));
  return outcome.problem;
}

function takeBack(rig: CreditRig, order: WorldOrder, taken?: Record<number, number>): string {
  return rig.simulator.operator.addForeignReturnOrder(order.salesOrderNumber, taken);
}

/** The return orders that are there, and the credit notes. */
const books = ({ simulator: { observer } }: CreditRig): [number, number] => [
  observer.returnOrders().length,
  observer.creditNotes().length,
];

describe('R50, A14 F-1 step 4: what a person has taken back without our reference', () => {
  it('C1 row 18: is found before any write, named with its number, and posted once it is cancelled', async () => {
    const rig = await creditRig();
    const order = sold(rig, 1);
    const number = takeBack(rig, order);
    const of = backOf(order, 1);
    const before = rig.simulator.observer.calls();
    const problem = refusalOf(await create(rig, of));
    assert.equal(problem.code, 'credit-by-others');
    assert.match(
      problem.what,
      new RegExp(`return order ${number} takes back 1 ea of ${order.lines[0]?.sku}`),
    );
    assert.deepEqual(
      problem.lines.map(({ field, received }) => [field, received]),
      [
        ['quantity', '1'],
        [`return order ${number}`, `1 ea of ${order.lines[0]?.sku}`],
      ],
    );
    assert.deepEqual(books(rig), [1, 0]);
    // Sign-in, names, and two looks.
    assert.equal(rig.simulator.observer.calls() - before, 4);
    rig.simulator.operator.cancelOrder(number);
    assert.equal((await create(rig, of)).outcome, 'posted');
  });

  it('leaves the rest of the sale to come back, and that goes on to its credit', async () => {
    const rig = await creditRig();
    const order = sold(rig, 3);
    takeBack(rig, order, { 1: 1 });
    assert.equal(refusalOf(await create(rig, backOf(order, 3))).code, 'credit-by-others');
    const of = backOf(order, 2);
    await rig.ordered(of);
    await rig.arrive(of, of.lines[0]?.id ?? '');
    assert.equal((await rig.post(of)).problem, null);
  });

  it('more than was sold, whatever others did, is still the quantity of the return', async () => {
    const rig = await creditRig();
    const order = sold(rig, 2);
    takeBack(rig, order, { 1: 1 });
    assert.equal(refusalOf(await create(rig, backOf(order, 5))).code, 'quantity-over-order');
  });

  it('of another sale of the same customer, or of another line of the sale, does not count', async () => {
    const rig = await creditRig();
    const [order, another] = [sold(rig, 1, 1), sold(rig, 1)];
    takeBack(rig, another);
    takeBack(rig, order, { 2: 1 });
    const of = backOf(order, 1);
    await rig.ordered(of);
    await rig.arrive(of, of.lines[0]?.id ?? '');
    assert.equal((await rig.post(of)).problem, null);
    assert.equal(refusalOf(await create(rig, backOf(order, 1, 1, '-second'))).code, 'credit-by-others');
    assert.equal(refusalOf(await create(rig, backOf(another, 1))).code, 'credit-by-others');
  });

  it('counts once where it names the sale as well, and on the sale that its lines are linked to', async () => {
    const rig = await creditRig();
    const [order, another] = [sold(rig, 2), sold(rig, 1)];
    const named = takeBack(rig, order, { 1: 1 });
    const wrong = takeBack(rig, another);
    rig.simulator.change(
      'ReturnOrderHeadersV2',
      (row) => [named, wrong].includes(String(row['ReturnOrderNumber'])),
      {
        CustomerRequisitionNumber: order.salesOrderNumber,
      },
    );
    assert.equal(refusalOf(await create(rig, backOf(order, 2))).code, 'quantity-over-order');
    assert.equal((await create(rig, backOf(order, 1))).outcome, 'posted');
    assert.equal(refusalOf(await create(rig, backOf(another, 1))).code, 'credit-by-others');
  });

  it('is seen by the checks of the sale', async () => {
    const rig = await creditRig();
    const order = sold(rig, 2);
    takeBack(rig, order, { 1: 1 });
    const answer = await rig.connector.findSale(backOf(order, 2));
    assert.ok(answer.found === 'sale');
    assert.equal(answer.sale.lines[0]?.returned, 1);
  });

  it('is told by the return order that a line is on: our own is none, nor is one that is cancelled', async () => {
    const rig = await creditRig({ linkSale: true }, { saleLotWritable: true });
    const order = sold(rig, 2);
    const of = backOf(order, 1);
    await rig.ordered(of);
    const returned = async (asked: ReturnEvent): Promise<number | undefined> => {
      const answer = await rig.connector.findSale(asked);
      assert.ok(answer.found === 'sale');
      return answer.sale.lines[0]?.returned;
    };
    const another = backOf(order, 1, 0, '-second');
    const { number } = rig.order(of);
    const isIt = (row: Record<string, unknown>): boolean => row['ReturnOrderNumber'] === number;
    // Somebody has taken the number of the sale away.
    rig.simulator.change('ReturnOrderHeadersV2', isIt, { CustomerRequisitionNumber: '' });
    assert.deepEqual([await returned(of), await returned(another)], [0, 1]);
    rig.simulator.change('ReturnOrderHeadersV2', isIt, { ReturnStatus: 'Canceled' });
    assert.equal(await returned(another), 0);
  });

  it('is found for an account that very many customers share, with one call more', async () => {
    const rig = await creditRig();
    const order = sold(rig, 1);
    const crowd = sold(rig, MOST_OF_CUSTOMER);
    for (let at = 0; at < MOST_OF_CUSTOMER; at += 1) takeBack(rig, crowd, { 1: 1 });
    const of = backOf(order, 1);
    const number = takeBack(rig, order);
    const before = rig.simulator.observer.calls();
    assert.match(refusalOf(await create(rig, of)).what, new RegExp(`return order ${number} `));
    assert.equal(rig.simulator.observer.calls() - before, 5);
  });
});

describe('R50: return orders that name the sale', () => {
  const order = {
    number: 'SO-1',
    customer: 'C-1',
    invoiceCustomer: 'C-1',
    currency: 'USD',
    status: 'Invoiced',
    taxIncluded: true,
    stopped: false,
  };
  const taken = (header: Record<string, string>, line: Record<string, string>): number => {
    const goods = { ItemNumber: 'TEE-01', ReturnSalesQuantity: -1, SalesUnitSymbol: 'ea', LineAmount: -10 };
    const named = [
      {
        ReturnOrderNumber: 'R-1',
        ReturnStatus: 'Open',
        ...header,
        ReturnOrderLines: [{ ...goods, ...line }],
      },
    ];
    return earlierReturns({ named, linked: [] }, [], order, 'HR-OURS').length;
  };

  it('count unless the order is cancelled, or the line alone, or it is our own', () => {
    assert.equal(taken({}, { ReturnStatus: 'Awaiting' }), 1);
    assert.equal(taken({ ReturnStatus: 'Canceled' }, { ReturnStatus: 'Awaiting' }), 0);
    assert.equal(taken({}, { ReturnStatus: 'Canceled' }), 0);
    assert.equal(taken({ CustomersOrderReference: 'HR-OURS' }, { ReturnStatus: 'Awaiting' }), 0);
  });
});

describe('R50: lines of a sale that came back', () => {
  const line = (lotId: string, quantity: number): SalesLine => ({
    lotId,
    itemNumber: 'TEE-01',
    dimensions: {},
    quantity,
    unit: 'ea',
    price: 10,
    amount: money(quantity * 1000, 'GBP'),
    external: '',
  });
  const back = (quantity: number, saleLot = ''): EarlierReturn => ({
    itemNumber: 'tee-01',
    external: '',
    quantity,
    unit: 'EA',
    saleLot,
  });
  const taken = (...earlier: EarlierReturn[]): number[] =>
    usedByEarlier([line('L-1', 1), line('L-2', 2)], earlier, 'ea').map((use) => use.taken);

  it('what is linked takes its own line, whoever comes first', () => {
    assert.deepEqual(taken(back(1, 'l-2')), [0, 1]);
    assert.deepEqual(taken(back(1), back(1, 'L-1')), [1, 1]);
    assert.deepEqual(taken(back(2, 'L-1'), back(1)), [1, 2]);
    assert.deepEqual(taken(back(1, 'of another sale')), [1, 0]);
  });

  it('what it gives back is counted on its own line, so that the room for money is that of the line', () => {
    const earlier = [
      { ...back(1), givenMinor: 500 },
      { ...back(1, 'L-1'), givenMinor: 1000 },
    ];
    const use = usedByEarlier([line('L-1', 1), line('L-2', 2)], earlier, 'ea');
    assert.deepEqual(
      use.map(({ givenMinor }) => givenMinor),
      [1000, 500],
    );
  });

  it('of our lines, those are told that find no room on theirs', () => {
    const use = usedByEarlier([line('L-1', 1), line('L-2', 2)], [back(1, 'L-1')], 'ea');
    const own = [back(2), back(1, 'L-1'), back(1)];
    assert.deepEqual(beyondSale(use, own, 'ea'), own.slice(1));
  });
});

describe('R50, R87: what a person takes back between our return order and its credit', () => {
  const arrived = async (
    quantity: number,
    settings: Parameters<typeof creditRig>[0] = {},
  ): Promise<CreditRig & { of: ReturnEvent; sale: WorldOrder }> => {
    const rig = await creditRig(settings);
    const sale = sold(rig, quantity);
    const of = backOf(sale, 1);
    await rig.ordered(of);
    await rig.arrive(of, of.lines[0]?.id ?? '');
    rig.asked.length = 0;
    return { ...rig, of, sale };
  };

  it('C1 row 18: stops the credit before anything is posted; cancelled, the credit is posted once', async () => {
    const rig = await arrived(1);
    const number = takeBack(rig, rig.sale);
    const { problem, made } = await rig.post(rig.of);
    assert.equal(problem?.code, 'credit-by-others');
    assert.match(problem.what, new RegExp(`return order ${number} takes back 1 ea`));
    assert.match(problem.what, new RegExp(`on return order ${rig.order(rig.of).number}`));
    assert.deepEqual([made, rig.asked, books(rig)[1]], [[], [], 0]);
    rig.simulator.operator.cancelOrder(number);
    const again = await rig.post(rig.of);
    assert.deepEqual([again.problem, again.made.length, books(rig)[1]], [null, 1, 1]);
  });

  it('lets the credit be posted where enough was sold', async () => {
    const rig = await arrived(2);
    takeBack(rig, rig.sale, { 1: 1 });
    assert.deepEqual([(await rig.post(rig.of)).problem, books(rig)[1]], [null, 1]);
  });

  it('is no other return of ours, which was made later within what was sold', async () => {
    const rig = await arrived(2);
    const later = backOf(rig.sale, 1, 0, '-later');
    await rig.ordered(later);
    assert.equal((await rig.post(rig.of)).problem, null);
    await rig.arrive(later, later.lines[0]?.id ?? '');
    assert.equal((await rig.post(later)).problem, null);
    assert.equal(books(rig)[1], 2);
  });

  it('by batch jobs: the person hears of it before the job, and after it with the credit note', async () => {
    const rig = await arrived(1, { posting: 'batch-job' });
    const number = takeBack(rig, rig.sale);
    assert.equal((await rig.post(rig.of)).problem?.code, 'credit-by-others');
    rig.simulator.operator.runBatchJobs('packingSlip', 'invoice');
    const { problem, made } = await rig.post(rig.of);
    assert.equal(made.length, 1);
    assert.equal(problem?.code, 'quantity-over-order');
    assert.match(
      problem.what,
      new RegExp(`return order ${number} .* credit note ${made[0]?.number} is there`),
    );
    // Whoever has settled it is not asked again.
    assert.equal((await rig.post(rig.of)).problem, null);
  });

  it('pieces that are credited before it are not taken for more than they are', async () => {
    const rig = await creditRig();
    const sale = sold(rig, 3);
    const whole = backOf(sale, 2);
    await rig.ordered(whole);
    const lineId = whole.lines[0]?.id ?? '';
    await rig.arrive(whole, lineId, 1);
    const first = { ...whole, lines: backOf(sale, 1).lines };
    assert.equal((await rig.post(first)).problem, null);
    takeBack(rig, sale, { 1: 2 });
    await rig.arrive(whole, lineId);
    const { problem } = await rig.post(whole);
    assert.equal(problem?.code, 'credit-by-others');
    assert.equal(books(rig)[1], 1);
  });
});
