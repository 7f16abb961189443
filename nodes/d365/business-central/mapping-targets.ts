import type { TargetKind } from '../../returns/mapping-tables';
import { EACH } from '../../returns/quantity';
import { textOf } from '../fscm/rows';
import type { BcCalls } from './client';
import { setPath } from './query';
import type { BcSet } from './names';

/**
 * Where things stand that Return Mappings point at (`reference/dynamics365.md` B4). Dispositions, places inside a warehouse and
 * statuses have no set in API v2.0, so they are not checked.
 */
const TARGETS = {
  warehouse: 'locations',
  reason: 'customerReturnReasons',
  'payment method': 'paymentMethods',
  unit: 'unitsOfMeasure',
  'tax code': 'taxGroups',
} as const satisfies Partial<Record<TargetKind, BcSet>>;

/** Which of the values the company has, without regard to case. Null for a kind that is not checked. */
export async function existingIn(
  kind: TargetKind,
  values: readonly string[],
  client: BcCalls,
  signal?: AbortSignal,
): Promise<ReadonlySet<string> | null> {
  if (!isChecked(kind)) return null;
  const rows = await client.list(setPath(TARGETS[kind]), signal);
  const there = new Set(rows.map((row) => textOf(row, 'code').toLowerCase()));
  // Our own word for a single piece; the connection has the company's code for it.
  if (kind === 'unit') there.add(EACH);
  return new Set(values.filter((value) => there.has(value.toLowerCase())));
}

function isChecked(kind: TargetKind): kind is keyof typeof TARGETS {
  return Object.hasOwn(TARGETS, kind);
}
