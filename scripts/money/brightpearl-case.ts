import type { FeeRow } from '../../nodes/brightpearl/plan-fees';
import type { CreditPlan, PlanFacts } from '../../nodes/brightpearl/plan-credit';
import type { Credit, OriginalOrder } from '../../nodes/brightpearl/records';
import type { ReturnEvent, ReturnLine } from '../../nodes/returns/event';
import { quantity } from '../../nodes/returns/quantity';
import { shown, TAXES } from './amounts';
import { Books, type Taken } from './books';
import { creditOnWire, orderOnWire } from './brightpearl-wire';
import type { Draw } from './draw';
import { drawFees, drawReturns } from './drawn-returns';
import { exact, isNear } from './exact';
import { drawExchange, judgeExchange } from './exchange';
import type { Planners } from './planners';
import { eventOf, lineInWords, lineOf } from './return-event';
import { drawOrder, type SoldOrder } from './sold-order';
import { must, type Story } from './story';
import { Tenders } from './tenders';

export const TAX_CODES: PlanFacts['taxCodes'] = new Map(
  TAXES.map(({ code, rate }, id) => [code, { id: id + 1, code, rate }]),
);

const FEES: ReadonlyMap<string, FeeRow> = new Map([
  ['return-fee', { name: 'Return fee', nominalCode: '4900', taxCode: 'T20' }],
  ['label-fee', { name: 'Label', nominalCode: '4910', taxCode: 'T175' }],
]);

/** An order of Brightpearl, and all that comes back of it: credits, fees, refunds and replacements. */
export function brightpearlCase(draw: Draw, story: Story, planners: Planners): void {
  new BrightpearlCase(draw, story, planners).run();
}

interface Made {
  event: ReturnEvent;
  taken: Taken[];
  /** Of the credit. */
  id: number;
}

class BrightpearlCase {
  private readonly sold: SoldOrder;
  private readonly order: OriginalOrder;
  private readonly books: Books;
  private readonly tenders: Tenders | null;
  private credits: Credit[] = [];

  constructor(
    private readonly draw: Draw,
    private readonly story: Story,
    private readonly planners: Planners,
  ) {
    this.sold = drawOrder(draw, story);
    this.order = orderOnWire(this.sold);
    this.books = new Books(this.sold);
    const { currency } = this.sold;
    this.tenders = draw.chance(0.5) ? Tenders.drawn(this.books.total, currency, draw, story) : null;
  }

  run(): void {
    const { draw, sold, story } = this;
    const returns = drawReturns(sold, draw, story);
    const cancels = draw.chance(0.05) && story.may('cancelled') ? draw.int(0, returns.length - 1) : null;
    let made: Made | null = null;
    for (const [at, lines] of returns.entries()) {
      const event = this.event(`HR-${at + 1}`, lines);
      const taken = this.credit(event, at + 1);
      if (at === cancels) made = { event, taken, id: at + 1 };
    }
    if (made && this.tenders === null) this.cancelAndRepeat(made);
    if (draw.chance(0.15)) this.overReturn();
  }

  /** The return as the platform tells it: some of it exchanged, some fees. */
  private event(returnId: string, items: ReturnLine[]): ReturnEvent {
    const { draw, sold, story, books } = this;
    const exchanged = draw.chance(0.3) ? drawExchange(items, sold.currency, draw, story) : [];
    const fees = draw.chance(0.3) ? drawFees(sold.currency, books.total / 50, draw) : [];
    if (fees.length > 0) story.has('fee');
    const lines = draw.shuffled([...items, ...exchanged, ...fees]);
    story.tell(() => `Return ${returnId}: ${lines.map(lineInWords).join('; ')}`);
    return eventOf(returnId, lines);
  }

  private facts(event: ReturnEvent): PlanFacts {
    return {
      event,
      mapped: event,
      mappings: null,
      order: this.order,
      earlier: this.credits,
      taxCodes: TAX_CODES,
      products: new Map(),
      rules: { substitutes: new Map(), bundleParts: 'even', toleranceMinor: 0, fees: FEES, nominalCode: '' },
    };
  }

  private credit(event: ReturnEvent, id: number): Taken[] {
    const { planners, sold, story, draw } = this;
    const planned = planners.planCredit(this.facts(event));
    if ('problem' in planned) {
      // Fees that are more than the goods are a person's to decide on.
      if (planned.problem.lines.length === 0 && this.feesMayExceed(event)) return [];
      // So is a bundle that has no price of its own, while its parts have one.
      if (planned.problem.code === 'bundle-part' && this.hasBundleWithoutPrice(event)) return [];
      must(false, 'refused', () => `${event.returnId}: ${planned.problem.code}, ${planned.problem.what}`);
    }
    const { plan } = planned;
    story.documents += 1;
    story.tell(() => `Credit of ${event.returnId}: ${planInWords(plan, sold.currency)}`);
    const taken = judgePlan(plan, event, this.books, sold.currency);
    const before = this.credits;
    const credit = creditOnWire(id, plan.rows, sold, draw);
    this.credits = draw.shuffled([...before, credit]);
    const facts = { ...this.facts(event), plan, credit, earlier: before };
    judgeExchange(facts, draw, story, planners);
    if (this.tenders) this.tenders.refund(event, plan, planners, story);
    return taken;
  }

  private hasBundleWithoutPrice({ lines }: ReturnEvent): boolean {
    const { rows } = this.sold;
    return rows.some(
      ({ bundle, sku, net, tax, rowId }) =>
        bundle &&
        net + tax === 0 &&
        lines.some((line) => line.sku === sku) &&
        rows.some((part) => part.parentId === rowId && part.net + part.tax > 0),
    );
  }

  private feesMayExceed({ lines }: ReturnEvent): boolean {
    const fees = lines.filter(({ kind }) => kind === 'fee');
    const goods = lines.filter(({ kind }) => kind === 'item');
    const least = goods.reduce((sum, line) => sum + this.books.least(line.sku ?? '', line.quantity.value), 0);
    return fees.length > 0 && fees.reduce((sum, line) => sum + feeOf(line), 0) > least;
  }

  private cancelAndRepeat({ event, taken, id }: Made): void {
    this.story.has('cancelled');
    this.story.tell(() => `The credit of ${event.returnId} is cancelled, and made again`);
    this.credits = this.credits.filter((credit) => credit.id !== id);
    for (const one of taken) this.books.cancel(one);
    this.credit(event, 100);
  }

  /** One more of something that is all back. */
  private overReturn(): void {
    const { sold, books, draw, story, planners } = this;
    const gone = sold.rows.filter((row) =>
      sold.rows.every((other) => other.sku !== row.sku || books.open(other) === 0),
    );
    if (gone.length === 0) return;
    const row = draw.pick(gone);
    const { sku } = row;
    if (row.bundle) {
      if (!story.may('bundle-mixed')) return;
      story.has('bundle-mixed');
    }
    story.has('over-return');
    const event = eventOf('HR-OVER', [lineOf({ id: 'L1', sku, quantity: quantity(1) })]);
    story.tell(() => `Return HR-OVER: ${event.lines.map(lineInWords).join()}, of which none is left`);
    const planned = planners.planCredit(this.facts(event));
    must('problem' in planned, 'sold', () => `1 × ${sku} is credited, and all of it had come back before`);
  }
}

/** Judges the rows of a credit: what is on it, what each is worth, and what it comes to (R170). */
function judgePlan(plan: CreditPlan, event: ReturnEvent, books: Books, currency: string): Taken[] {
  const taken: Taken[] = [];
  let goods = 0;
  for (const line of event.lines.filter(({ kind }) => kind === 'item')) {
    const rows = plan.rows.filter((row) => row.line.id === line.id);
    const units = rows.reduce((sum, row) => sum + row.quantity, 0);
    must(
      units === line.quantity.value && rows.every(({ rowId }) => rowId !== null),
      'kinds',
      () => `${line.id}: ${line.quantity.value} × ${line.sku} came back, ${units} are credited`,
    );
    for (const row of rows) {
      const one = { rowId: row.rowId ?? 0, units: row.quantity, net: row.net.minor, tax: row.tax.minor };
      books.credit(one, line.sku ?? '');
      taken.push(one);
      goods += one.net + one.tax;
    }
  }
  const fees = judgeFees(plan, event, currency);
  const items = event.lines.filter(({ kind }) => kind !== 'exchange').length;
  must(
    new Set(plan.rows.map(({ line }) => line.id)).size === items,
    'kinds',
    () => `the return has ${items} lines of goods and fees`,
  );
  const { net, tax, gross } = plan;
  must(
    gross.minor === goods - fees &&
      gross.minor >= 0 &&
      net.minor + tax.minor === gross.minor &&
      gross.currency === currency,
    'refund',
    () =>
      `goods and tax ${shown(goods, currency)}, fees ${shown(fees, currency)}, the credit is ${shown(gross.minor, currency)}`,
  );
  return taken;
}

/** What the fees of a return come to; their tax is taken out of them at the rate of their code. */
function judgeFees(plan: CreditPlan, event: ReturnEvent, currency: string): number {
  let all = 0;
  for (const line of event.lines.filter(({ kind }) => kind === 'fee')) {
    const rows = plan.rows.filter((row) => row.line.id === line.id);
    const [row] = rows;
    must(row !== undefined && rows.length === 1 && row.productId === null, 'kinds', () => `fee ${line.id}`);
    const fee = feeOf(line);
    const rate = TAX_CODES.get(row.taxCode)?.rate ?? 0;
    must(
      row.net.minor + row.tax.minor === -fee && isNear(-row.tax.minor, exact(fee * rate, 10_000 + rate), 1),
      'fee',
      () =>
        `${line.id} of ${shown(fee, currency)} at ${rate / 100} %: ${shown(row.net.minor, currency)} net and ${shown(row.tax.minor, currency)} tax`,
    );
    all += fee;
  }
  return all;
}

function feeOf({ price, quantity: { value } }: ReturnLine): number {
  return (price?.minor ?? 0) * value;
}

function planInWords({ rows, gross }: CreditPlan, currency: string): string {
  const told = rows.map(
    ({ line, rowId, quantity: units, net, tax }) =>
      `${units} of ${rowId === null ? line.id : `row ${rowId}`} ${net.minor} + ${tax.minor}`,
  );
  return `${told.join(', ')} (smallest units, net + tax), in all ${shown(gross.minor, currency)}`;
}
