import type { BatchMember, MemberLine } from './batch';

/**
 * What the ERP refused of a batch: a line of its totals (SKU, and warehouse or disposition where they are told), lines of
 * one return, or a return as a whole.
 */
export type Refused =
  | { sku: string; warehouse?: string | null | undefined; disposition?: string | null | undefined }
  | { returnKey: string; lines?: readonly string[] | undefined };

/** The lines of a member that were refused and were not refused before. */
export function refusedLines(member: BatchMember, refused: readonly Refused[]): MemberLine[] {
  const before = new Set(member.refused ?? []);
  return member.lines.filter(
    (line) => !before.has(line.id) && refused.some((one) => concerns(one, member, line)),
  );
}

/** Whether a line of a batch's totals holds a line of a member. */
export function concerns(
  refused: Refused,
  member: Pick<BatchMember, 'returnKey'>,
  line: MemberLine,
): boolean {
  if ('returnKey' in refused) {
    return refused.returnKey === member.returnKey && (refused.lines?.includes(line.id) ?? true);
  }
  const { sku, warehouse, disposition } = refused;
  return (
    line.kind === 'item' &&
    line.sku === sku &&
    (warehouse === undefined || line.warehouse === warehouse) &&
    (disposition === undefined || line.disposition === disposition)
  );
}
