import type { BrightpearlParts } from './parts';
import type { Child } from './reader';
import type { Credit, OriginalOrder } from './records';

/** The credits of an order, seen from one return. */
export interface CreditsOn {
  /** Our credit of this return, cancelled or not. */
  existing: Credit | undefined;
  /** The others that stand, whoever made them: what they took has come back before. */
  earlier: Credit[];
}

/** Tells our credit of a return from the others on its order; `reference` is ours of the return. */
export function creditsApart(
  children: readonly Child[],
  credits: readonly Credit[],
  reference: string,
  instanceId: number,
): CreditsOn {
  const own = children.find((child) => child.externalRef === reference && child.instanceId === instanceId);
  return {
    existing: credits.find(({ id }) => id === own?.id),
    earlier: credits.filter((credit) => !credit.cancelled && credit.id !== own?.id),
  };
}

/** Reads the credits that hang on an order. */
export async function creditsOn(
  order: OriginalOrder,
  reference: string,
  { reader, settings }: Pick<BrightpearlParts, 'reader' | 'settings'>,
  signal?: AbortSignal,
): Promise<CreditsOn> {
  const children = await reader.creditsOfOrder(order.id, signal);
  const found = await Promise.all(children.map(({ id }) => reader.credit(id, signal)));
  const credits = found.flatMap((credit) => credit ?? []);
  return creditsApart(children, credits, reference, settings.instanceId);
}
