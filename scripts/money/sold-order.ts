import { drawCurrency, fineInMinor, fineText, minorOf, placesOf, TAXES, type Tax } from './amounts';
import type { Draw } from './draw';
import { rounded } from './exact';
import type { Story } from './story';

/** A row of an order as it was sold. Amounts of the whole row, in ten-thousandths. */
export interface SoldRow {
  rowId: number;
  productId: number;
  sku: string;
  quantity: number;
  net: number;
  tax: number;
  taxCode: string;
  bundle: boolean;
  /** The bundle's row. */
  parentId: number | null;
}

export interface SoldOrder {
  currency: string;
  rows: SoldRow[];
}

/** Draws an order: rates of tax, discounts, bundles, one item at two prices, amounts finer than the smallest unit. */
export function drawOrder(draw: Draw, story: Story): SoldOrder {
  return new OrderDraw(draw, story).order();
}

class OrderDraw {
  private readonly rows: SoldRow[] = [];
  private readonly currency: string;
  private readonly oneTax: Tax | null;
  /** Amounts are multiples of so many ten-thousandths. */
  private readonly grid: number;

  constructor(
    private readonly draw: Draw,
    private readonly story: Story,
  ) {
    this.currency = drawCurrency(draw);
    this.oneTax = draw.chance(0.4) ? draw.pick(TAXES) : null;
    this.grid = draw.chance(0.5) ? fineInMinor(this.currency) : 1;
  }

  order(): SoldOrder {
    const { draw, rows, currency } = this;
    const count = draw.int(1, draw.chance(0.7) ? 3 : 6);
    for (let at = 0; at < count; at += 1) {
      if (draw.chance(0.25)) this.addBundle();
      else this.addRow(this.row(draw.int(1, draw.chance(0.8) ? 4 : 30)));
    }
    if (draw.chance(0.1) && this.story.may('same-item')) this.repeatItem();
    this.tellFeatures();
    return { currency, rows };
  }

  private addRow(row: SoldRow): void {
    this.rows.push(row);
    this.story.tell(() => rowInWords(row, this.currency));
  }

  private row(quantity: number): SoldRow {
    const { draw, rows } = this;
    const at = rows.length + 1;
    const tax = this.oneTax ?? draw.pick(TAXES);
    return {
      rowId: at,
      productId: 100 + at,
      sku: `SKU-${at}`,
      quantity,
      ...this.price(quantity, tax.rate),
      taxCode: tax.code,
      bundle: false,
      parentId: null,
    };
  }

  /** Price less discount; the tax comes on top or is within, as shops do it. */
  private price(quantity: number, rate: number): { net: number; tax: number } {
    const { draw, grid } = this;
    const onGrid = (fine: number): number => Math.round(fine / grid) * grid;
    const each = onGrid(draw.anySize(5) * fineInMinor(this.currency) + (grid === 1 ? draw.int(0, 9999) : 0));
    const full = each * quantity;
    const discounted = draw.chance(0.3);
    if (discounted) this.story.has('discount');
    const paid = discounted ? onGrid(full * draw.next()) : full;
    if (draw.chance(0.5)) return { net: paid, tax: onGrid((paid * rate) / 10_000) };
    const net = onGrid((paid * 10_000) / (10_000 + rate));
    return { net, tax: paid - net };
  }

  /** As Brightpearl has it, the value stands on the bundle's row; now and then on those of the parts. */
  private addBundle(): void {
    const { draw, story } = this;
    const parent = this.row(draw.int(1, 3));
    const ownValue = draw.chance(0.2) && story.may('part-value');
    story.has('bundle');
    if (ownValue) story.has('part-value');
    this.addRow({ ...parent, bundle: true, ...(ownValue ? { net: 0, tax: 0 } : {}) });
    for (let parts = draw.int(1, 4); parts > 0; parts -= 1) {
      const part = this.row(parent.quantity * draw.int(1, 3));
      const worth = ownValue ? {} : { net: 0, tax: 0, taxCode: parent.taxCode };
      this.addRow({ ...part, ...worth, parentId: parent.rowId });
    }
  }

  private repeatItem(): void {
    const { draw, rows, story } = this;
    const plain = rows.filter(({ bundle, parentId }) => !bundle && parentId === null);
    if (plain.length === 0) return;
    const { sku, productId } = draw.pick(plain);
    story.has('same-item');
    this.addRow({ ...this.row(draw.int(1, 4)), sku, productId });
  }

  private tellFeatures(): void {
    const { story, rows, currency, grid } = this;
    if (new Set(rows.map(({ taxCode }) => taxCode)).size > 1) story.has('mixed-tax');
    if (placesOf(currency) === 0) story.has('no-decimals');
    if (placesOf(currency) === 3) story.has('three-decimals');
    if (grid === 1) story.has('four-decimals');
    const apart = ({ net, tax }: SoldRow): boolean => {
      const whole = (fine: number): bigint => rounded(minorOf(fine, currency));
      return whole(net) + whole(tax) !== whole(net + tax);
    };
    if (rows.some(apart)) story.has('rounded-apart');
  }
}

export function partsOfBundle({ rows }: SoldOrder, { rowId }: SoldRow): SoldRow[] {
  return rows.filter(({ parentId }) => parentId === rowId);
}

function rowInWords(row: SoldRow, currency: string): string {
  const kind = row.bundle ? ', a bundle' : row.parentId === null ? '' : `, part of row ${row.parentId}`;
  const worth = `${fineText(row.net)} net + ${fineText(row.tax)} tax ${row.taxCode} ${currency}`;
  return `Sold: row ${row.rowId}, ${row.quantity} × ${row.sku}, ${worth}${kind}`;
}
