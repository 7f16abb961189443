import {
  asksForOrder,
  profileWith,
  type Check,
  type CheckProfile,
  type ReturnWarning,
} from '../returns/check-profile';
import { checkAgainstSale } from '../returns/check-sale';
import type { ErpConnector, ErpItem, ItemCandidate } from '../returns/erp-connector';
import type { SaleAnswer } from '../returns/erp-sale';
import type { ReturnEvent } from '../returns/event';
import { LedgerError } from '../returns/failure';
import { verdictOn, type Finding, type Verdict } from '../returns/finding';
import { mappedReturn, type MappedReturn } from '../returns/mapped-return';
import { checkOrderNumber, orderReference } from '../returns/posting-checks';
import { checkCodes, checkTaxCodes, noteGoods, noteSoldUnits, type Tables } from './check-codes';
import { checkSkus, compareProducts, skusOf } from './check-skus';
import type { ItemCandidates } from './item-candidates';
import type { ItemLookup } from './item-lookup';

/** What all checks together say of a return. */
export interface Validated {
  findings: Finding[];
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
  /** What codes mean in the ERP; null where the node uses none. */
  mappings: Tables | null;
  signal: AbortSignal;
}

/** The ERP's answers that checks are made from; null where no check needs it. */
interface Known {
  items: Map<string, ErpItem> | null;
  candidates: Map<string, ItemCandidate[]>;
  sale: SaleAnswer | null;
  profile: CheckProfile;
  /** The return by the ERP's names; the platform's where there are no mappings. */
  named: ReturnEvent;
  /** Quantities that do not convert. */
  unitProblem: MappedReturn['problem'];
  tables: Tables | null;
}

type Part = Pick<Validated, 'findings' | 'waitsFor' | 'warnings'>;

const NOTHING: Part = { findings: [], waitsFor: null, warnings: [] };

/**
 * One after another; each tells all it finds of the return, which it gets as the platform told it. A check that rests on
 * something else is added here.
 */
const PARTS: readonly ((told: ReturnEvent, known: Known) => Part)[] = [byItems, bySale, byUnits, byCodes];

/** Makes all checks of the profile. Throws a {@link LedgerError} where the ERP cannot be asked. */
export async function validateReturn(told: ReturnEvent, checking: Checking): Promise<Validated> {
  // One version of the mappings for all checks of a return.
  const tables = checking.mappings && fixed(checking.mappings);
  const mappings = tables?.mappings() ?? null;
  const { event: named, problem } = mappedReturn(told, mappings);
  if (tables) noteGoods(told, named, tables);
  const profile = profileWith(checking.profile, mappings);
  const [{ oldestMs, ...items }, sale] = await Promise.all([
    itemsFor(named, { ...checking, profile }),
    saleFor(named, checking),
  ]);
  const known: Known = { ...items, sale, profile, named, unitProblem: problem, tables };
  const parts = PARTS.map((part) => part(told, known));
  const findings = parts.flatMap((part) => part.findings);
  const verdict = verdictOn(findings);
  return {
    findings,
    verdict,
    waitsFor: verdict ? null : (parts.find(({ waitsFor }) => waitsFor)?.waitsFor ?? null),
    warnings: parts.flatMap(({ warnings }) => warnings),
    oldestMs,
  };
}

/** The rows as they are now, whatever is deployed meanwhile. */
function fixed(node: Tables): Tables {
  const mappings = node.mappings();
  return { mappings: () => mappings, saw: (codes) => node.saw(codes) };
}

function byItems(told: ReturnEvent, { items, candidates, profile, named }: Known): Part {
  if (items === null) return NOTHING;
  const { checks, mappings = null } = profile;
  const warnings = checks.has('product') ? compareProducts(named, items, told) : [];
  return { ...NOTHING, findings: checkSkus(named, items, candidates, checks, { told, mappings }), warnings };
}

function bySale(told: ReturnEvent, { sale, profile, named, tables }: Known): Part {
  if (!asksForOrder(profile) && !profile.checks.has('blind')) return NOTHING;
  const { soldOn, ...part } = checkAgainstSale(named, sale, profile, told);
  if (!tables) return part;
  noteSoldUnits(soldOn, told.brand, tables);
  const taxes = profile.checks.has('taxCode') ? checkTaxCodes(soldOn, told.brand, tables) : [];
  return { ...part, findings: [...part.findings, ...taxes] };
}

function byUnits(_told: ReturnEvent, { profile, unitProblem }: Known): Part {
  if (unitProblem === null || !profile.checks.has('unit')) return NOTHING;
  const { code, lines } = unitProblem;
  const findings = lines.map((line) => ({
    code,
    what: `${line.sku ?? '?'}: ${line.received ?? '?'}`,
    line,
  }));
  return { ...NOTHING, findings };
}

function byCodes(told: ReturnEvent, { profile, tables }: Known): Part {
  return tables ? { ...NOTHING, findings: checkCodes(told, profile.checks, tables) } : NOTHING;
}

async function itemsFor(
  event: ReturnEvent,
  { lookup, candidates, profile }: Checking,
): Promise<Pick<Known, 'items' | 'candidates'> & { oldestMs: number }> {
  const needed: readonly Check[] = ['item', 'discontinued', 'product'];
  if (!needed.some((check) => profile.checks.has(check))) {
    return { items: null, candidates: new Map(), oldestMs: 0 };
  }
  const answers = await lookup.find(skusOf(event, profile.mappings));
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
