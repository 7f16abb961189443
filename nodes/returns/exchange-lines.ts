import type { PostedDocument, ReturnEvent, ReturnLine } from './event';
import type { Mappings } from './mappings';
import type { Money } from './money';
import { checkReturn, itemLines, linesPosted, type Problem } from './posting-checks';
import { unitUnmapped } from './posting-lines';

/** A replacement that is to be sent. */
export interface Replacement {
  /** The line that asks for it. */
  line: ReturnLine;
  sku: string;
  /** Pieces that are sent. */
  units: number;
  /** How many the platform calls it: the price is for one of these, and documents count them. */
  counted: number;
  /** For one unit, tax included; null where the platform does not tell it. */
  price: Money | null;
  /** The line of goods that it takes the place of; null where the platform does not tell. */
  returned: ReturnLine | null;
}

export interface ExchangeLines {
  replacements: Replacement[];
  /** Lines of goods that are exchanged, and not refunded. */
  exchanged: ReturnLine[];
}

/**
 * What a return is exchanged for: its exchange lines, and lines of goods that name a replacement. Platforms tell it in
 * either form; a replacement that is told in both is sent once. Exchange is an outcome, not a disposition
 * (`reference/returns-platforms.md` 1, point 10). Empty where nothing is exchanged.
 */
export function exchangeLines(event: ReturnEvent): ExchangeLines | { problem: Problem } {
  const asked = event.lines.filter(({ kind }) => kind === 'exchange');
  const items = itemLines(event);
  const nameless = [
    ...asked.filter(({ sku }) => sku === null),
    // Where there are exchange lines, they name what goes out.
    ...items.filter((line) => asked.length === 0 && isExchange(line) && line.replacementSku === null),
  ];
  if (nameless.length > 0) return { problem: skuMissing(nameless) };
  const marked = items.filter((line) => isExchange(line) || line.replacementSku !== null);
  const exchanged = asked.length > 0 && marked.length === 0 ? items : marked;
  const open = new Map(
    items.flatMap((line) => (line.replacementSku === null ? [] : [[line.id, line.quantity.value] as const])),
  );
  const own = asked.map((line): Replacement => {
    const returned = returnedFor(line, asked, exchanged, open);
    if (returned && sameSku(returned.replacementSku, line.sku)) {
      open.set(returned.id, (open.get(returned.id) ?? 0) - line.quantity.value);
    }
    const units = line.quantity.value;
    return { line, sku: line.sku ?? '', units, counted: units, price: line.price, returned };
  });
  const named = items.flatMap((line): Replacement[] => {
    const units = open.get(line.id) ?? 0;
    // The price of such a line is that of the goods that come back.
    if (units <= 0) return [];
    return [{ line, sku: line.replacementSku ?? '', units, counted: units, price: null, returned: line }];
  });
  const replacements = [...own, ...named];
  const broken = replacements.filter(({ units }) => !Number.isSafeInteger(units) || units < 1);
  if (broken.length > 0) return { problem: notWhole(broken) };
  return { replacements, exchanged: replacements.length === 0 ? [] : exchanged };
}

/**
 * What a return is exchanged for in the ERP's names and pieces, or what stands in the way before anything is asked.
 *
 * @param mapped the event in them
 */
export function exchangeFor(
  event: ReturnEvent,
  mapped: ReturnEvent,
  { orderPattern, mappings }: { orderPattern: RegExp | null; mappings: Mappings | null },
): ExchangeLines | { problem: Problem } {
  const unfit = checkReturn(mapped, { reasons: new Map(), orderPattern });
  if (unfit) return { problem: unfit };
  const asked = exchangeLines(mapped);
  if ('problem' in asked) return asked;
  const involved = [...asked.exchanged, ...asked.replacements.map(({ line }) => line)];
  const [strange] = involved.flatMap((line) => unitUnmapped(line, mappings) ?? []);
  if (strange) return { problem: strange };
  return event === mapped ? asked : { ...asked, replacements: asCounted(asked.replacements, event) };
}

/** Whether a return asks for a replacement, or should but does not say which. */
export function asksForReplacement(event: ReturnEvent): boolean {
  const asked = exchangeLines(event);
  return 'problem' in asked || asked.replacements.length > 0;
}

/** Where more is to be replaced than when the order was made, the rest is not on it; null where it holds everything. */
export function grownExchange(
  replacements: readonly Replacement[],
  document: PostedDocument,
): Problem | null {
  const posted = linesPosted(document);
  const grown = replacements.filter(({ line, counted }) => counted > (posted.get(line.id) ?? 0));
  if (grown.length === 0) return null;
  return {
    code: 'return-grown',
    what: `replacement order ${document.number}`,
    lines: grown.map(({ line, sku, counted }) => ({
      lineId: line.id,
      sku,
      field: 'quantity',
      expected: String(posted.get(line.id) ?? 0),
      received: String(counted),
    })),
  };
}

/** With the number of each that the platform tells. */
function asCounted(replacements: readonly Replacement[], event: ReturnEvent): Replacement[] {
  const told = exchangeLines(event);
  const counted = new Map(
    'problem' in told ? [] : told.replacements.map(({ line, units }) => [line.id, units]),
  );
  return replacements.map((one) => ({ ...one, counted: counted.get(one.line.id) ?? one.units }));
}

function isExchange(line: ReturnLine): boolean {
  return /exchange/i.test(line.outcome ?? '');
}

/** The goods that an exchange line takes the place of, where that is beyond doubt. */
function returnedFor(
  line: ReturnLine,
  asked: readonly ReturnLine[],
  exchanged: readonly ReturnLine[],
  open: ReadonlyMap<string, number>,
): ReturnLine | null {
  const naming = exchanged.find(
    (item) => sameSku(item.replacementSku, line.sku) && (open.get(item.id) ?? 0) >= line.quantity.value,
  );
  if (naming) return naming;
  const sameOrderLine = exchanged.filter(
    ({ orderLineId }) => orderLineId !== null && orderLineId === line.orderLineId,
  );
  if (sameOrderLine.length === 1) return sameOrderLine[0] ?? null;
  return asked.length === 1 && exchanged.length === 1 ? (exchanged[0] ?? null) : null;
}

function sameSku(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && one.toLowerCase() === other.toLowerCase();
}

function skuMissing(lines: readonly ReturnLine[]): Problem {
  return {
    code: 'exchange-sku-missing',
    what: lines.map(({ id, sku }) => `line ${id}${sku === null ? '' : ` (${sku})`}`).join(', '),
    lines: lines.map(({ id, sku, kind }) => ({
      lineId: id,
      sku,
      field: kind === 'exchange' ? 'sku' : 'replacementSku',
      expected: 'the SKU of the replacement',
    })),
  };
}

function notWhole(replacements: readonly Replacement[]): Problem {
  return {
    code: 'quantity-not-whole',
    what: replacements.map(({ sku, units }) => `${units} × ${sku}`).join(', '),
    lines: replacements.map(({ line, sku, units }) => ({
      lineId: line.id,
      sku,
      field: 'quantity',
      expected: 'whole pieces',
      received: String(units),
    })),
  };
}
