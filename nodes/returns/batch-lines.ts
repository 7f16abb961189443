import type { MemberDocument, MemberLine } from './batch';
import type { PostedDocument, ReturnEvent, ReturnLine } from './event';
import { priceOf } from './exact-share';

/** Which amount counts where both are known: the platform's price, or what the ERP has posted. */
export type ValueSource = 'price' | 'documents';

/** A line with the currency of its value. */
export interface ValuedLine {
  line: MemberLine;
  currency: string | null;
}

export interface ValuedReturn {
  lines: ValuedLine[];
  /** An amount of the documents that is known of the return only as a whole: then no line has a value. */
  whole: { minor: number; currency: string } | null;
}

/**
 * The lines of a return that a batch counts: goods that come back and fees, each with its value and tax as far as they
 * are known. Goods that go out instead are not among them.
 */
export function valuedLines(
  event: ReturnEvent,
  documents: readonly PostedDocument[],
  first: ValueSource,
): ValuedReturn {
  const amounts = amountsOf(documents);
  const taxes = taxesOf(documents);
  const lines = event.lines
    .filter((line) => line.kind !== 'exchange')
    .map((line): ValuedLine => {
      const priced = line.price && {
        minor: priceOf(line.price.minor, line.quantity.value),
        currency: line.price.currency,
      };
      const posted = amounts.get(line.id) ?? null;
      const value = first === 'price' ? (priced ?? posted) : (posted ?? priced);
      const currency = value?.currency ?? null;
      const tax = taxes.get(line.id) ?? null;
      const ownTax = line.tax !== null && line.tax.currency === currency ? line.tax.minor : null;
      return {
        line: {
          ...factsOf(line),
          // A fee of the documents is negative there, and positive in every batch.
          value: value === null ? null : line.kind === 'fee' ? Math.abs(value.minor) : value.minor,
          tax: tax?.minor ?? ownTax,
          taxCode: tax?.code ?? null,
        },
        currency,
      };
    });
  const whole = lines.some(({ line }) => line.value !== null) ? null : wholeAmount(documents);
  return { lines, whole };
}

function factsOf(line: ReturnLine): Omit<MemberLine, 'value' | 'tax' | 'taxCode'> {
  const named = new Set(line.unitIds);
  return {
    id: line.id,
    kind: line.kind === 'fee' ? 'fee' : 'item',
    sku: line.kind === 'fee' ? (line.sku ?? line.description) : line.sku,
    quantity: line.quantity.value,
    unit: line.quantity.unit,
    // Units tell lines apart only where each of them has a name.
    units: named.size === line.quantity.value ? [...named].sort() : [],
    warehouse: line.warehouse,
    disposition: line.confirmedDisposition,
  };
}

/** What a batch keeps of the documents of a return. */
export function memberDocuments(documents: readonly PostedDocument[]): MemberDocument[] {
  return documents.map(({ system, kind, number, id, amount }) => ({ system, kind, number, id, amount }));
}

/** What each line was posted with, from the newest document that tells it as `line×minor`. */
function amountsOf(documents: readonly PostedDocument[]): Map<string, { minor: number; currency: string }> {
  const found = documents.findLast(({ references, amount }) => references['amounts'] && amount !== null);
  const currency = found?.amount?.currency;
  if (!found || currency === undefined) return new Map();
  return new Map(
    entriesOf(found, 'amounts').flatMap((parts) => {
      const minor = wholeNumber(parts.pop());
      return minor === null ? [] : [[parts.join('×'), { minor, currency }] as const];
    }),
  );
}

/** The tax of each line, from the newest document that tells it as `line×code×minor`. */
function taxesOf(documents: readonly PostedDocument[]): Map<string, { code: string; minor: number }> {
  const found = documents.findLast(({ references }) => references['taxes']);
  if (!found) return new Map();
  return new Map(
    entriesOf(found, 'taxes').flatMap((parts) => {
      const minor = wholeNumber(parts.pop());
      const code = parts.pop() ?? '';
      return minor === null || code === '' ? [] : [[parts.join('×'), { code, minor }] as const];
    }),
  );
}

function entriesOf(document: PostedDocument, reference: string): string[][] {
  return (document.references[reference] ?? '')
    .split(' ')
    .filter((entry) => entry !== '')
    .map((entry) => entry.split('×'));
}

/** Credits are negative in their documents; what comes back is positive in a batch. */
function wholeAmount(documents: readonly PostedDocument[]): { minor: number; currency: string } | null {
  const amount = documents.findLast((document) => document.amount !== null)?.amount;
  return amount ? { minor: Math.abs(amount.minor), currency: amount.currency } : null;
}

function wholeNumber(text: string | undefined): number | null {
  const number = /^-?\d{1,16}$/.test(text ?? '') ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : null;
}
