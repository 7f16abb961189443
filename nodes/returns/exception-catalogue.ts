import { ARRIVAL_EXCEPTIONS } from './arrival-exception-catalogue';
import { BATCH_EXCEPTIONS } from './batch-exception-catalogue';
import type { CatalogueEntry } from './catalogue-entry';
import { CREDIT_EXCEPTIONS } from './credit-exception-catalogue';
import { GATE_EXCEPTIONS } from './gate-exception-catalogue';
import { GOODS_EXCEPTIONS } from './goods-exception-catalogue';
import { ITEM_EXCEPTIONS } from './item-exception-catalogue';
import { MAPPING_EXCEPTIONS } from './mapping-exception-catalogue';
import { MONEY_EXCEPTIONS } from './money-exception-catalogue';
import { ORDER_EXCEPTIONS } from './order-exception-catalogue';
import { REFUND_EXCEPTIONS } from './refund-exception-catalogue';
import { TECHNICAL_EXCEPTIONS } from './technical-exception-catalogue';

export { OWNERS, type CatalogueEntry } from './catalogue-entry';

/**
 * Every exception that a node may raise. Codes are stable: flows and reports rely on them.
 */
export const CATALOGUE = {
  ...ORDER_EXCEPTIONS,
  ...ITEM_EXCEPTIONS,
  ...MAPPING_EXCEPTIONS,
  ...CREDIT_EXCEPTIONS,
  ...MONEY_EXCEPTIONS,
  ...REFUND_EXCEPTIONS,
  ...GOODS_EXCEPTIONS,
  ...ARRIVAL_EXCEPTIONS,
  ...GATE_EXCEPTIONS,
  ...BATCH_EXCEPTIONS,
  ...TECHNICAL_EXCEPTIONS,
} as const satisfies Readonly<Record<string, CatalogueEntry>>;

export type ExceptionCode = keyof typeof CATALOGUE;

/** The entry of a code; undefined for a code of another version, as a parked exception may have it. */
export function entryOf(code: string): CatalogueEntry | undefined {
  return Object.hasOwn(CATALOGUE, code) ? CATALOGUE[code as ExceptionCode] : undefined;
}

/** What a code is called in a list; a code of another version stands for itself. */
export function titleOf(code: string): string {
  return entryOf(code)?.title ?? code.replace(/-/g, ' ');
}
