import { asksForOrder, type Check, type CheckProfile, type ReturnWarning } from '../returns/check-profile';
import { checkAgainstSale } from '../returns/check-sale';
import type { ErpConnector, ErpItem, ItemCandidate } from '../returns/erp-connector';
import type { SaleAnswer } from '../returns/erp-sale';
import type { ReturnEvent } from '../returns/event';
import { LedgerError } from '../returns/failure';
import { verdictOn, type Finding, type Verdict } from '../returns/finding';
import { checkOrderNumber, orderReference } from '../returns/posting-checks';
import { checkSkus, compareProducts, skusOf } from './check-skus';
import type { ItemCandidates } from './item-candidates';
import type { ItemLookup } from './item-lookup';

/** What all checks together say of a return. */
export interface Validated {
  /** Null where the return may go on. */
  verdict: Verdict | null;
  /** What the return waits for, where nothing else is in its way. */
  waitsFor: Finding | null;
  warnings: ReturnWarning[];
  /** The age of the oldest answer that was used, in milliseconds. */
  oldestMs: number;
}

/** What checks ask, and by which rules. */
export interface Checking {
  connector: ErpConnector;
  lookup: ItemLookup;
  candidates: ItemCandidates;
  profile: CheckProfile;
  signal: AbortSignal;
}

/** The ERP's answers that checks are made from; null where no check needs it. */
interface Known {
  items: Map<string, ErpItem> | null;
  candidates: Map<string, ItemCandidate[]>;
  sale: SaleAnswer | null;
  profile: CheckProfile;
}

type Part = Pick<Validated, 'waitsFor' | 'warnings'> & { findings: Finding[] };

/** One after another; each tells all it finds. A check that rests on something else is added here. */
const PARTS: readonly ((event: ReturnEvent, known: Known) => Part)[] = [byItems, bySale];

/** Makes all checks of the profile. Throws a {@link LedgerError} where the ERP cannot be asked. */
export async function validateReturn(event: ReturnEvent, checking: Checking): Promise<Validated> {
  const [{ items, candidates, oldestMs }, sale] = await Promise.all([
    itemsFor(event, checking),
    saleFor(event, checking),
  ]);
  const known = { items, candidates, sale, profile: checking.profile };
  const parts = PARTS.map((part) => part(event, known));
  const verdict = verdictOn(parts.flatMap(({ findings }) => findings));
  return {
    verdict,
    waitsFor: verdict ? null : (parts.find(({ waitsFor }) => waitsFor)?.waitsFor ?? null),
    warnings: parts.flatMap(({ warnings }) => warnings),
    oldestMs,
  };
}

function byItems(event: ReturnEvent, { items, candidates, profile }: Known): Part {
  if (items === null) return { findings: [], waitsFor: null, warnings: [] };
  const warnings = profile.checks.has('product') ? compareProducts(event, items) : [];
  return { findings: checkSkus(event, items, candidates, profile.checks), waitsFor: null, warnings };
}

function bySale(event: ReturnEvent, { sale, profile }: Known): Part {
  if (!asksForOrder(profile) && !profile.checks.has('blind')) {
    return { findings: [], waitsFor: null, warnings: [] };
  }
  return checkAgainstSale(event, sale, profile);
}

async function itemsFor(
  event: ReturnEvent,
  { lookup, candidates, profile }: Checking,
): Promise<Pick<Known, 'items' | 'candidates'> & { oldestMs: number }> {
  const needed: readonly Check[] = ['item', 'discontinued', 'product'];
  if (!needed.some((check) => profile.checks.has(check))) {
    return { items: null, candidates: new Map(), oldestMs: 0 };
  }
  const answers = await lookup.find(skusOf(event));
  const items = new Map([...answers].map(([sku, { item }]) => [sku, item]));
  return {
    items,
    candidates: await candidates.of(items.values()),
    oldestMs: Math.max(0, ...[...answers.values()].map(({ ageMs }) => ageMs)),
  };
}

/** The original order; null where no check needs it, or the return names none that could be looked for. */
async function saleFor(
  event: ReturnEvent,
  { connector, profile, signal }: Checking,
): Promise<SaleAnswer | null> {
  if (!asksForOrder(profile) || checkOrderNumber(event, profile.orderPattern) !== null) return null;
  if (!connector.findSale) {
    throw new LedgerError({
      code: 'sale-not-offered',
      class: 'config',
      message: `${connector.label} does not offer orders to checks: switch the checks off that need the order`,
    });
  }
  const number = orderReference(event.order.number ?? '', profile.orderPattern);
  return connector.findSale(event, signal, number);
}
