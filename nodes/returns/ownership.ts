import { exceptionSchema, type ReturnException } from './exception';
import type { FailureClass } from './failure';

/** One row of the ownership table (R145): whom exceptions of a code, or of a class, belong to. */
export interface OwnershipRow {
  /** A code such as `sku-blocked`, or a class such as `auth`; no code is called as a class is. */
  match: string;
  owner: string;
}

/** Every class, in the order in which they are explained. */
export const EXCEPTION_CLASSES: readonly FailureClass[] = exceptionSchema.shape.class.options;

/** Whom an exception belongs to. The most exact wins: a row of its code, one of its class, what the catalogue says. */
export function ownerOf(
  exception: Pick<ReturnException, 'code' | 'class' | 'owner'>,
  table: readonly OwnershipRow[],
): string {
  const row = (match: string): OwnershipRow | undefined => table.find((one) => one.match === match);
  return (row(exception.code) ?? row(exception.class))?.owner ?? exception.owner;
}
