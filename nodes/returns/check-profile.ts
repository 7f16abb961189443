import type { PriceMode } from './compare-value';
import type { ErpSaleLine } from './erp-sale';
import type { ReturnLine } from './event';
import type { Finding } from './finding';
import type { Mappings } from './mappings';
import { EACH } from './quantity';
import { convertUnit } from './unit-conversion';

/**
 * What can be checked before a return is posted. A name that is listed here can be switched in the dialog of the SKU
 * Validator.
 *
 * - `item`: the ERP knows each SKU and has not stopped it (R32)
 * - `discontinued`: none is discontinued (R35)
 * - `state`: the order is invoiced, and not locked, cancelled or history
 * - `customer`: the order's customer is known and not on hold (R41)
 * - `blind`: the return names an order (R130)
 * - `order`: each SKU is on the order (R38)
 * - `substitution`: the SKU is the one of the order line that the return names (R49)
 * - `quantity`: no more comes back than was sold, net of earlier returns (R47, R50)
 * - `value`: the platform's amount is the order's, within a tolerance (R113)
 * - `tax`: the platform's tax is the invoice's (R56)
 * - `bundle`: a part of a bundle has a price of its own (R48)
 * - `product`: description and barcode are the item master's; a warning only (R43)
 *
 * With Return Mappings, a code that is there must have a row; nothing falls to a default (R66):
 *
 * - `unit`: a unit that is neither single pieces nor the order's converts, and exactly (R45, R46)
 * - `reason`: the reason (R60)
 * - `disposition`: what was decided about the goods, with their condition (R66)
 * - `location`: where the goods are, or go (R72)
 * - `returnType`: what the shopper gets (R69)
 * - `fee`: each fee
 * - `taxCode`: the tax code of the order's line, or else its rate (R54)
 */
export const CHECKS = [
  'item',
  'discontinued',
  'blind',
  'state',
  'customer',
  'order',
  'substitution',
  'quantity',
  'value',
  'tax',
  'bundle',
  'product',
  'unit',
  'reason',
  'disposition',
  'location',
  'returnType',
  'fee',
  'taxCode',
] as const;

export type Check = (typeof CHECKS)[number];

/** What was checked before there was a choice. */
export const FIRST_CHECKS: readonly Check[] = ['item', 'discontinued'];

/** The checks that need the original order. */
export const SALE_CHECKS: readonly Check[] = [
  'state',
  'customer',
  'order',
  'substitution',
  'quantity',
  'value',
  'tax',
  'bundle',
  'unit',
  'taxCode',
];

/** The checks that need Return Mappings. */
export const MAPPING_CHECKS: readonly Check[] = [
  'unit',
  'reason',
  'disposition',
  'location',
  'returnType',
  'fee',
  'taxCode',
];

/** What is checked, and by which rules. */
export interface CheckProfile {
  checks: ReadonlySet<Check>;
  /** What an order number must look like; a group picks the part that the ERP knows. Null for anything. */
  orderPattern: RegExp | null;
  /** By how much amounts may differ, in the smallest unit. */
  toleranceMinor: number;
  /** Whether the platform's prices contain the tax (R59); either where it is left out. */
  prices?: PriceMode;
  /** SKU that comes back → SKU that was sold, both in lower case, for items that were sent instead of others (R49). */
  substitutes: ReadonlyMap<string, string>;
  /** How many single pieces one of a unit holds, where a table tells and the ERP does not; null where neither does. */
  piecesIn?: (sku: string, unit: string) => number | null;
  /** What codes mean in the ERP; missing where the node uses none. */
  mappings?: Mappings | null;
}

/** The profile with what the mappings know of bundles and units (R45, R48). */
export function profileWith(profile: CheckProfile, mappings: Mappings | null): CheckProfile {
  if (mappings === null) return profile;
  const piecesIn = (sku: string, unit: string): number | null => {
    const converted = convertUnit(mappings, sku, { value: 1, unit }, EACH);
    return converted.ok ? converted.quantity.value : null;
  };
  return { ...profile, mappings, piecesIn };
}

/** Whether any check needs the original order. */
export function asksForOrder({ checks }: CheckProfile): boolean {
  return SALE_CHECKS.some((check) => checks.has(check));
}

/** The profile without what is compared with the order. */
export function withoutOrder(profile: CheckProfile): CheckProfile {
  const left = [...profile.checks].filter((check) => check !== 'blind' && !SALE_CHECKS.includes(check));
  return { ...profile, checks: new Set(left) };
}

/** Something that does not stop a return and that somebody may want to know: it travels with the message. */
export interface ReturnWarning {
  code: 'product-differs' | 'value-within-tolerance';
  lineId: string | null;
  sku: string | null;
  field: string;
  expected: string | null;
  received: string | null;
}

export interface CheckResult {
  findings: Finding[];
  /** What nobody has to put right, since it passes by itself: the return waits for it where nothing else is found. */
  waitsFor: Finding | null;
  warnings: ReturnWarning[];
  /** The lines of the order that returned lines were found on. */
  soldOn: SoldOn[];
}

/** A returned line, as the platform tells it, and where it was sold. */
export interface SoldOn {
  line: ReturnLine;
  sold: ErpSaleLine[];
}
