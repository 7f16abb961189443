import type { BrightpearlParts } from './parts';
import type { Credit, OriginalOrder } from './records';

/** The credits of an order, seen from one return. */
export interface CreditsOn {
  /** Our credit of this return, cancelled or not. */
  existing: Credit | undefined;
  /** The others that stand, whoever made them: what they took has come back before. */
  earlier: Credit[];
}

/**
 * Reads the credits that hang on an order.
 *
 * @param reference ours of the return that is looked at
 * @param lookedUp  called as soon as it is known which credits there are, before they are read
 */
export async function creditsOn(
  order: OriginalOrder,
  reference: string,
  { reader, settings }: Pick<BrightpearlParts, 'reader' | 'settings'>,
  signal?: AbortSignal,
  lookedUp?: () => void,
): Promise<CreditsOn> {
  const children = await reader.creditsOfOrder(order.id, signal);
  const own = children.find(
    ({ externalRef, instanceId }) => externalRef === reference && instanceId === settings.instanceId,
  );
  lookedUp?.();
  const found = await Promise.all(children.map(({ id }) => reader.credit(id, signal)));
  const credits = found.flatMap((credit) => credit ?? []);
  return {
    existing: credits.find(({ id }) => id === own?.id),
    earlier: credits.filter((credit) => !credit.cancelled && credit.id !== own?.id),
  };
}
