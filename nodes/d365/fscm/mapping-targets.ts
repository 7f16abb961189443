import type { TargetKind } from '../../returns/mapping-tables';
import { EACH } from '../../returns/quantity';
import type { D365Client } from './client';
import { AUDITED_NAMES, type AuditedSet } from './names';
import { eq } from './odata';
import { textOf } from './rows';
import type { D365Settings } from '../settings';

/**
 * Where things stand that Return Mappings point at (`reference/dynamics365.md` A6.1, A8). They are read by the audit only,
 * so an environment that lacks one of them can post all the same. The reference confirms no set of return reasons, of
 * names for locations and tax codes, so these are not checked.
 */
const TARGETS = {
  warehouse: 'Warehouses',
  disposition: 'ReturnDispositionCodes',
  'payment method': 'CustomerPaymentMethods',
  unit: 'UnitsOfMeasure',
} as const satisfies Partial<Record<TargetKind, AuditedSet>>;

/**
 * Which of the values the environment has, compared as D365 does: without regard to case. Null for a kind that is not
 * checked. Throws a {@link LedgerError} where the environment cannot be asked.
 */
export async function existingIn(
  kind: TargetKind,
  values: readonly string[],
  client: Pick<D365Client, 'list'>,
  { company }: Pick<D365Settings, 'company'>,
  signal?: AbortSignal,
): Promise<ReadonlySet<string> | null> {
  if (!isChecked(kind)) return null;
  const set = TARGETS[kind];
  const field = AUDITED_NAMES[set];
  // Units belong to all companies.
  const filter = kind === 'unit' ? {} : { filter: eq('dataAreaId', company) };
  const rows = await client.list(set, { ...filter, select: [field] }, signal);
  const there = new Set(rows.map((row) => textOf(row, field).toLowerCase()));
  // Our own word for a single piece; the connection has the environment's symbol for it.
  if (kind === 'unit') there.add(EACH);
  return new Set(values.filter((value) => there.has(value.toLowerCase())));
}

function isChecked(kind: TargetKind): kind is keyof typeof TARGETS {
  return Object.hasOwn(TARGETS, kind);
}
