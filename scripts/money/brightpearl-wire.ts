import type { PlannedRow } from '../../nodes/brightpearl/plan-credit';
import { readCredit, readOrder, type Credit, type OriginalOrder } from '../../nodes/brightpearl/records';
import { fineInMinor, fineText } from './amounts';
import type { Draw } from './draw';
import { partsOfBundle, type SoldOrder, type SoldRow } from './sold-order';

/** The order as Brightpearl answers it: amounts as text of four decimals. */
export function orderOnWire({ currency, rows }: SoldOrder): OriginalOrder {
  const raw = {
    id: 5000,
    orderTypeCode: 'SO',
    reference: 'AC-1',
    currency: { orderCurrencyCode: currency, accountingCurrencyCode: currency },
    invoices: [{ invoiceReference: 'SI-1' }],
    parties: { customer: { contactId: 7 } },
    orderRows: Object.fromEntries(rows.map((row) => [String(row.rowId), rowOnWire(row)])),
  };
  return readOrder(raw);
}

function rowOnWire(row: SoldRow): Record<string, unknown> {
  return {
    productId: row.productId,
    productSku: row.sku,
    productName: row.sku,
    quantity: { magnitude: `${row.quantity}.0000` },
    rowValue: {
      rowNet: { value: fineText(row.net) },
      rowTax: { value: fineText(row.tax) },
      taxCode: row.taxCode,
    },
    nominalCode: '4000',
    composition: {
      bundleParent: row.bundle,
      bundleChild: row.parentId !== null,
      ...(row.parentId === null ? {} : { parentOrderRowId: row.parentId }),
    },
  };
}

interface Written {
  original: SoldRow | null;
  quantity: number;
  net: number;
  tax: number;
  taxCode: string;
}

/**
 * The credit as Brightpearl holds it after a plan was posted: what stands on one row of the original is one row, the
 * parts of a bundle are added without value, and rows come in any order.
 */
export function creditOnWire(
  id: number,
  planned: readonly PlannedRow[],
  sold: SoldOrder,
  draw: Draw,
): Credit {
  const written = mergedRows(planned, sold);
  const fine = (minor: number): string => fineText(minor * fineInMinor(sold.currency));
  let next = id * 1000;
  const rows = written.flatMap(({ original, quantity, net, tax, taxCode }) => {
    next += 1;
    const rowId = next;
    const own = {
      id: rowId,
      ...(original ? { productId: original.productId, sku: original.sku } : {}),
      quantity: String(quantity),
      net: fine(net),
      tax: fine(tax),
      taxCode,
      externalRef: original ? String(original.rowId) : '',
      bundleParent: original?.bundle ?? false,
    };
    const parts = original?.bundle ? partsOfBundle(sold, original) : [];
    return [
      own,
      ...parts.map((part) => {
        next += 1;
        const perBundle = part.quantity / (original?.quantity ?? 1);
        return {
          id: next,
          productId: part.productId,
          sku: part.sku,
          quantity: String(quantity * perBundle),
          net: '0.0000',
          tax: '0.0000',
          taxCode,
          bundleChild: true,
          parentRowId: rowId,
        };
      }),
    ];
  });
  const sum = (of: 'net' | 'tax'): number => written.reduce((total, row) => total + row[of], 0);
  return readCredit({
    id,
    parentId: 5000,
    externalRef: `HR-${id}`,
    currency: { code: sold.currency },
    total: { net: fine(sum('net')), tax: fine(sum('tax')), gross: fine(sum('net') + sum('tax')) },
    rows: draw.shuffled(rows),
  });
}

function mergedRows(planned: readonly PlannedRow[], { rows }: SoldOrder): Written[] {
  const written: Written[] = [];
  for (const { rowId, quantity, net, tax, taxCode } of planned) {
    const original = rows.find((row) => row.rowId === rowId) ?? null;
    const known = original && written.find((row) => row.original === original);
    if (known) {
      known.quantity += quantity;
      known.net += net.minor;
      known.tax += tax.minor;
    } else written.push({ original, quantity, net: net.minor, tax: tax.minor, taxCode });
  }
  return written;
}
