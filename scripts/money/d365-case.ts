import type { EarlierReturn, SalesLine } from '../../nodes/d365/fscm/orders';
import type { ReturnLine } from '../../nodes/returns/event';
import { money } from '../../nodes/returns/money';
import { quantity } from '../../nodes/returns/quantity';
import { drawCurrency, placesOf, shown } from './amounts';
import type { Draw } from './draw';
import { exact, inWords, isNear, partsOf } from './exact';
import type { Planners } from './planners';
import { eventOf, lineInWords, lineOf } from './return-event';
import { must, type Story } from './story';

const EACH = 'ea';

interface Sold {
  sale: SalesLine;
  back: number;
  credited: number;
}

/** An order of Dynamics 365, returned in parts over several return orders. */
export function d365Case(draw: Draw, story: Story, planners: Planners): void {
  new D365Case(draw, story, planners).run();
}

class D365Case {
  private readonly currency: string;
  private readonly sold: Sold[];
  private readonly earlier: EarlierReturn[] = [];

  constructor(
    private readonly draw: Draw,
    private readonly story: Story,
    private readonly planners: Planners,
  ) {
    this.currency = drawCurrency(draw);
    if (placesOf(this.currency) === 0) story.has('no-decimals');
    if (placesOf(this.currency) === 3) story.has('three-decimals');
    const named = draw.chance(0.6);
    const repeats = draw.chance(0.1) && story.may(named ? 'same-item' : 'same-item-nameless');
    const count = draw.int(repeats ? 2 : 1, 5);
    if (repeats) story.has(named ? 'same-item' : 'same-item-nameless');
    this.sold = Array.from({ length: count }, (_, at) => this.drawLine(at, named, repeats && at < 2));
  }

  private drawLine(at: number, named: boolean, same: boolean): Sold {
    const { draw, currency, story } = this;
    const units = draw.int(1, draw.chance(0.8) ? 4 : 30);
    const amount = Math.max(0, draw.anySize(7));
    const sale: SalesLine = {
      lotId: `LOT-${at}`,
      itemNumber: same ? 'SKU-0' : `SKU-${at}`,
      dimensions: {},
      quantity: units,
      unit: EACH,
      price: 0,
      amount: money(amount, currency),
      external: named ? `9900${at}` : '',
    };
    story.tell(
      () =>
        `Sold: ${units} × ${sale.itemNumber} for ${shown(amount, currency)}, line ${sale.external || '?'}`,
    );
    return { sale, back: 0, credited: 0 };
  }

  run(): void {
    const { draw, story, sold } = this;
    const chunks = draw.shuffled(
      sold.flatMap(({ sale }) => draw.cut(sale.quantity).map((units) => ({ sale, units }))),
    );
    const back = draw.chance(0.3) ? chunks.slice(0, draw.int(1, chunks.length)) : chunks;
    const returns: (typeof chunks)[] = Array.from(
      { length: draw.int(1, Math.min(5, back.length)) },
      () => [],
    );
    for (const chunk of back) draw.pick(returns).push(chunk);
    const filled = returns.filter((one) => one.length > 0);
    if (filled.length > 1) story.has('parts');
    let offset = 0;
    for (const [at, part] of filled.entries()) {
      this.post(
        `HR-${at + 1}`,
        part.map(({ sale, units }) => this.lineFor(sale, units, (offset += 1))),
      );
    }
    if (draw.chance(0.15)) this.overReturn();
  }

  /** A line as the platform tells it: by the shop's line where the ERP keeps that too. */
  private lineFor(sale: SalesLine, units: number, offset: number): ReturnLine {
    const base = sale.external;
    return lineOf({
      id: base === '' ? `HRI${offset}` : `${base}.${offset}`,
      orderLineId: base === '' ? null : base,
      sku: sale.itemNumber,
      quantity: quantity(units),
    });
  }

  private post(returnId: string, lines: ReturnLine[]): void {
    const { story, sold, earlier, planners, currency } = this;
    const event = eventOf(returnId, lines);
    story.tell(() => `Return ${returnId}: ${lines.map(lineInWords).join('; ')}`);
    const sales = sold.map(({ sale }) => sale);
    const plan = planners.planLines({
      event,
      mapped: event,
      mappings: null,
      sales,
      earlier: this.draw.shuffled(earlier),
      eachUnit: EACH,
    });
    if ('problem' in plan) {
      must(false, 'refused', () => `${returnId}: ${plan.problem.code}, ${plan.problem.what}`);
    }
    story.documents += 1;
    for (const line of lines) {
      const units = plan.planned.reduce((sum, one) => sum + (one.line === line ? one.quantity : 0), 0);
      must(
        units === line.quantity.value,
        'kinds',
        () => `${line.id}: ${units} of ${line.quantity.value} × ${line.sku}`,
      );
    }
    for (const { line, sale, quantity: units, amount } of plan.planned) {
      story.tell(
        () =>
          `Return order of ${returnId}: ${units} × ${sale.itemNumber} on ${sale.lotId}, ${amount.minor} ${currency}`,
      );
      must(sale.itemNumber === line.sku, 'kinds', () => `${line.id}: ${units} × ${sale.itemNumber}`);
      this.judge(sale, units, -amount.minor);
    }
    const externals = new Set(plan.planned.map(({ external }) => external));
    must(externals.size === plan.planned.length, 'kinds', () => 'two lines under one id');
    for (const { external, sale, quantity: units } of plan.planned) {
      earlier.push({ itemNumber: sale.itemNumber, external, quantity: units, unit: EACH });
    }
  }

  private judge(sale: SalesLine, units: number, given: number): void {
    const { currency } = this;
    const entry = this.sold.find((one) => one.sale === sale);
    if (!entry) throw new Error('A line that was not sold');
    const share = partsOf(exact(sale.amount.minor), units, sale.quantity);
    must(
      isNear(given, share, 2),
      'share',
      () =>
        `${units} × ${sale.itemNumber}: ${shown(given, currency)}, exactly ${inWords(share)} smallest units`,
    );
    entry.back += units;
    entry.credited += given;
    const told = (): string =>
      `${sale.lotId}: ${sale.quantity} × ${sale.itemNumber} sold for ${shown(sale.amount.minor, currency)}, ` +
      `${entry.back} back, ${shown(entry.credited, currency)} credited`;
    must(entry.back <= sale.quantity && entry.credited <= sale.amount.minor, 'sold', told);
    must(entry.back < sale.quantity || entry.credited === sale.amount.minor, 'whole', told);
  }

  private overReturn(): void {
    const { sold, draw, story, planners, earlier } = this;
    const open = (item: string): number =>
      sold.reduce((sum, { sale, back }) => sum + (sale.itemNumber === item ? sale.quantity - back : 0), 0);
    const gone = sold.filter(({ sale }) => open(sale.itemNumber) === 0);
    if (gone.length === 0) return;
    const { sale } = draw.pick(gone);
    story.has('over-return');
    story.tell(() => `Return HR-OVER: 1 × ${sale.itemNumber}, of which none is left`);
    const event = eventOf('HR-OVER', [this.lineFor(sale, 1, 900)]);
    const plan = planners.planLines({
      event,
      mapped: event,
      mappings: null,
      sales: sold.map((one) => one.sale),
      earlier,
      eachUnit: EACH,
    });
    must(
      'problem' in plan,
      'sold',
      () => `1 × ${sale.itemNumber} is credited, and all of it had come back before`,
    );
  }
}
