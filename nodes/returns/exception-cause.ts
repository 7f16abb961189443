import type { ReturnException } from './exception';

/** What the exceptions of a code have in common when one act mends all of them. */
type Shared = 'sku' | 'received' | 'node' | 'brand';

/** Codes that are not listed concern their return alone; those that begin with `sku-` share the SKU. */
const SHARED: Readonly<Record<string, Shared>> = {
  'unit-mismatch': 'sku',
  'unit-unmapped': 'sku',
  'uom-not-representable': 'sku',
  'exchange-not-allocated': 'sku',
  'exchange-price-missing': 'sku',
  'sku-missing': 'received',
  'reason-unmapped': 'received',
  'location-unmapped': 'received',
  'return-type-unmapped': 'received',
  'disposition-unmapped': 'received',
  'warehouse-mismatch': 'received',
  'disposition-unfit': 'received',
  'warehouse-advanced': 'received',
  'tax-unmapped': 'received',
  'fee-unmapped': 'received',
  'payment-method-unmapped': 'received',
  // One node type has one connection in most flows, and the brand is part of the key besides.
  'erp-unavailable': 'node',
  'erp-unauthorized': 'node',
  'erp-outcome-unknown': 'node',
  'node-misconfigured': 'node',
  'exchange-address-unsent': 'node',
  'period-closed': 'brand',
  'brand-unknown': 'brand',
};

/** A key goes into an index, and PostgreSQL's takes no more than about 2,700 bytes. */
const LONGEST = 200;

/**
 * The stable key of what must be mended, so that exceptions with one cause are one group (R154, R199): the code, the
 * brand and the thing they share, such as the SKU. Where nothing is shared the thing is the return itself.
 */
export function causeOf(
  exception: Pick<ReturnException, 'code' | 'lines' | 'about' | 'raisedBy' | 'class'>,
  returnKey: string,
): string {
  const thing = sharedThing(exception) ?? `return ${returnKey}`;
  return [exception.code, exception.about.brand ?? '', thing].map(part).join('|');
}

/** The thing of a cause in words for a list; null where the cause is that of one return. */
export function thingOf(cause: string): string | null {
  const thing = cause
    .split('|')
    .slice(2)
    .join('|')
    .replace(/%(7C|25)/g, (_, hex: string) => (hex === '7C' ? '|' : '%'));
  return thing === '' || thing.startsWith('return ') ? null : thing;
}

function sharedThing(
  exception: Pick<ReturnException, 'code' | 'lines' | 'about' | 'raisedBy' | 'class'>,
): string | null {
  switch (kindOf(exception)) {
    case 'sku':
      return valuesOf(exception, (line) => line.sku);
    case 'received':
      return valuesOf(exception, (line) => line.received);
    case 'node':
      return exception.raisedBy;
    case 'brand':
      return exception.about.brand === null ? null : 'brand';
    case undefined:
      return null;
  }
}

function kindOf({ code, class: failure }: Pick<ReturnException, 'code' | 'class'>): Shared | undefined {
  const listed = SHARED[code];
  if (listed !== undefined) return listed;
  if (code.startsWith('sku-')) return 'sku';
  return failure === 'config' || failure === 'auth' ? 'node' : undefined;
}

/** The values of the lines that are wrong in the way of the exception, each once and in one order. */
function valuesOf(
  { code, lines }: Pick<ReturnException, 'code' | 'lines'>,
  value: (line: ReturnException['lines'][number]) => string | null,
): string | null {
  const about = lines.filter((line) => line.code === code);
  const values = new Set((about.length === 0 ? lines : about).map(value).filter((one) => one !== null));
  return values.size === 0 ? null : [...values].sort().join(', ');
}

function part(text: string): string {
  return shortened(text).replace(/[%|]/g, (char) => (char === '|' ? '%7C' : '%25'));
}

/** A long text is cut and marked with a number made of all of it, so that two long ones stay two. */
function shortened(text: string): string {
  if (text.length <= LONGEST) return text;
  let mark = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) mark = Math.imul(mark ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return `${text.slice(0, LONGEST - 10)}… ${mark.toString(16)}`;
}
