import { returnKey, type ReturnEvent } from '../../returns/event';
import { causeOf } from '../../returns/exception-cause';
import { formatMoney } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import type { ReturnsStore } from '../../store/store';
import { and, anyOf, eq, quoted } from '../fscm/odata';
import { numberOf, textOf, type D365Row } from '../fscm/rows';
import type { DraftRow } from './draft-rows';
import { orderTag } from './external-number';
import type { BcParts } from './parts';
import { setPath, withLines } from './query';
import { amountIn, idIn, itemName, LONGEST, linesIn, statusOf } from './sales';

const DAY_MS = 86_400_000;
const CODE = 'credit-by-others';

/** What is to be credited, and the sale that it is of. */
export interface Creditable {
  event: ReturnEvent;
  /** Our reference of the return, `documentReference`. */
  reference: string;
  customer: string;
  orderNumber: string;
  /** Numbers of the invoices of the sale. */
  invoices: readonly string[];
}

/**
 * Address of the credit memos, drafts and posted, that others gave the customer of a sale since a day; none where they are
 * not looked for. A person who credits a return by hand need not name the order or the invoice, so nothing but customer, day
 * and goods tells of it. Ours begin with the platform's letters and are left out: a star stands for anything (B7); where it
 * would not, more rows come than are needed, and `creditByOthers` leaves ours out.
 *
 * @param days  how far before the event is looked back (`bcOthersDays`); 0: not at all
 * @param since a day that is looked back to at least, such as that on which the draft was made
 */
export function othersPaths(
  { event, reference, customer }: Pick<Creditable, 'event' | 'reference' | 'customer'>,
  days: number,
  since?: string,
): string[] {
  if (days === 0) return [];
  const back = new Date(Date.parse(event.occurredAt) - days * DAY_MS).toISOString();
  const [first = ''] = [back.slice(0, 10), ...(since ? [since.slice(0, 10)] : [])].sort();
  const filter = and(
    eq('customerNumber', customer),
    `creditMemoDate ge ${first}`,
    `externalDocumentNumber ne ${quoted(`${prefixOf(reference)}*`)}`,
  );
  return [setPath('salesCreditMemos', { filter, expand: withLines('salesCreditMemoLines') })];
}

/**
 * The double-poster check: goods that are to be credited and stand on a credit memo of somebody else. Whether that memo is
 * for this very return only a person can tell, however many were sold, so it is asked before anything is credited. Not asked
 * about: a cancelled memo; one that is applied to the invoice of another sale, or bears the number of one; and one whose
 * number a person has written in a note on the exception.
 *
 * @param memos the answer to `othersPaths`
 */
export async function creditByOthers(
  memos: readonly D365Row[],
  rows: readonly DraftRow[],
  about: Creditable,
  parts: Pick<BcParts, 'client' | 'settings' | 'store'>,
  signal?: AbortSignal,
): Promise<Problem | null> {
  const goods = rows.filter(({ fee }) => !fee);
  const found = memos
    .filter((memo) => mayBeOf(memo, about))
    .map((memo) => ({ memo, lines: linesOf(memo, goods) }))
    .filter(({ lines }) => lines.length > 0);
  if (found.length === 0) return null;
  const [strange, checked] = await Promise.all([
    numbersOfOtherSales(
      found.map(({ memo }) => memo),
      about,
      parts,
      signal,
    ),
    notesOn(about.event, parts.store),
  ]);
  const open = found.filter(
    ({ memo }) =>
      !strange.has(externalOf(memo)) && !checked.some((note) => names(note, textOf(memo, 'number'))),
  );
  if (open.length === 0) return null;
  return {
    code: CODE,
    what: open.map(({ memo, lines }) => describe(memo, lines)).join('; '),
    lines: open.flatMap(({ memo, lines }) =>
      lines.map(({ line, row }) => ({
        lineId: row.line,
        sku: row.item,
        field: nameOf(memo),
        expected: 'no credit of others for these goods',
        received: `${counted(line)}${worth(memo, line)} on ${textOf(memo, 'creditMemoDate')}`,
      })),
    ),
  };
}

/** What every external number of this platform's returns begins with, such as `HR-`. */
export function prefixOf(reference: string): string {
  const [letters = ''] = reference.split('-');
  return `${letters}-`.toUpperCase();
}

function mayBeOf(memo: D365Row, { reference, invoices }: Creditable): boolean {
  const appliedTo = textOf(memo, 'invoiceNumber');
  return (
    statusOf(memo) !== 'Canceled' &&
    !externalOf(memo).startsWith(prefixOf(reference)) &&
    (appliedTo === '' || invoices.includes(appliedTo))
  );
}

/** Lines of a memo with the same goods. A person may have left the variant out. */
function linesOf(memo: D365Row, goods: readonly DraftRow[]): { line: D365Row; row: DraftRow }[] {
  return linesIn(memo, 'salesCreditMemoLines')
    .filter((line) => textOf(line, 'lineType') === 'Item' && numberOf(line, 'quantity') > 0)
    .flatMap((line) => {
      const variant = idIn(line, 'itemVariantId');
      const item = textOf(line, 'lineObjectNumber').toUpperCase();
      const row = goods.find(
        (one) => one.item.toUpperCase() === item && (variant === '' || variant === one.variantId),
      );
      return row ? [{ line, row }] : [];
    });
}

/**
 * External numbers of memos that are the number of another sale of the customer, of its order or its invoice. It costs a call
 * only where a memo has a number that is not that of our sale.
 */
async function numbersOfOtherSales(
  memos: readonly D365Row[],
  { customer, orderNumber, invoices }: Creditable,
  { client, settings }: Pick<BcParts, 'client' | 'settings'>,
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const wanted = [...new Set(memos.map(externalOf))].filter(
    (number) => number !== '' && !number.includes(orderTag(orderNumber)),
  );
  const fields = [settings.bcOrderField, 'number'] as const;
  const filters = fields.flatMap((field) => {
    const fitting = wanted.filter((number) => number.length <= LONGEST[field]);
    return fitting.length === 0 ? [] : [and(eq('customerNumber', customer), anyOf(field, fitting))];
  });
  if (filters.length === 0) return new Set();
  const found = await client.readTogether(
    filters.map((filter) => setPath('salesInvoices', { filter })),
    signal,
  );
  const others = found.flat().filter((row) => !invoices.includes(textOf(row, 'number')));
  return new Set(others.flatMap((row) => fields.map((field) => textOf(row, field).toUpperCase())));
}

/** What people have noted about this doubt on the return, open or done with. */
async function notesOn(event: ReturnEvent, store: ReturnsStore): Promise<string[]> {
  const about = { returnNumber: null, orderNumber: null, brand: event.brand };
  const cause = causeOf(
    { code: CODE, class: 'data-invalid', lines: [], about, raisedBy: '' },
    returnKey(event),
  );
  const parked = await store.listExceptions({ cause, limit: 50 });
  const histories = await Promise.all(parked.map(({ id }) => store.exceptionHistory(id)));
  return histories.flat().flatMap(({ action, note }) => (action === 'note' && note !== null ? [note] : []));
}

/** Whether a note has the number as a word of its own: `104001` is not in `1040012` or `S-104001`. */
function names(note: string, number: string): boolean {
  const words = note.toUpperCase().split(/[^\p{L}\p{N}._/-]+/u);
  return words.some((word) => word.replace(/[._/-]+$/, '') === number.toUpperCase());
}

function externalOf(memo: D365Row): string {
  return textOf(memo, 'externalDocumentNumber').toUpperCase();
}

function nameOf(memo: D365Row): string {
  const draft = ['Draft', 'In Review'].includes(statusOf(memo)) ? 'draft ' : '';
  return `${draft}credit memo ${textOf(memo, 'number')}`;
}

function describe(memo: D365Row, lines: readonly { line: D365Row }[]): string {
  const goods = lines.map(({ line }) => counted(line)).join(', ');
  return `${nameOf(memo)} of ${textOf(memo, 'creditMemoDate')}: ${goods}`;
}

function counted(line: D365Row): string {
  return `${numberOf(line, 'quantity')} × ${itemName(textOf(line, 'lineObjectNumber'), line)}`;
}

function worth(memo: D365Row, line: D365Row): string {
  const currency = textOf(memo, 'currencyCode');
  return currency === '' ? '' : ` for ${formatMoney(amountIn(line, 'amountIncludingTax', currency))}`;
}
