import type { TargetKind } from '../returns/mapping-tables';
import type { BrightpearlDirectory } from './directory';

/** What `ERP disposition` of Return Mappings means for Goods In. */
const PLACES: ReadonlySet<string> = new Set(['sellable', 'quarantine']);

/**
 * Which of the things that Return Mappings point at the account has. Null for kinds that it does not have: units, since it
 * counts single pieces; items are looked up as such. Throws a {@link LedgerError} where the account cannot be asked.
 */
export async function existingIn(
  kind: TargetKind,
  values: readonly string[],
  directory: BrightpearlDirectory,
): Promise<ReadonlySet<string> | null> {
  switch (kind) {
    case 'warehouse':
      return numbersAmong(values, (await directory.warehouses()).keys());
    case 'location':
      return numbersAmong(values, await locations(directory));
    // A reason stands for the status that the credit gets.
    case 'reason':
    case 'status':
      return numbersAmong(values, (await directory.statuses()).keys());
    case 'payment method':
      return amongst(values, (await directory.paymentMethods()).keys());
    case 'tax code':
      return amongst(values, (await directory.taxCodes()).keys());
    case 'disposition':
      return new Set(values.filter((value) => PLACES.has(value.toLowerCase())));
    default:
      return null;
  }
}

/** The locations that goods are booked into: where each warehouse sells from, and where it keeps goods apart. */
async function locations(directory: BrightpearlDirectory): Promise<number[]> {
  const warehouses = [...(await directory.warehouses()).keys()];
  const found = await Promise.all(
    warehouses.flatMap((id) => [directory.location(id, 'default'), directory.location(id, 'quarantine')]),
  );
  return found.filter((id): id is number => id !== null);
}

function numbersAmong(values: readonly string[], numbers: Iterable<number>): Set<string> {
  return amongst(values, [...numbers].map(String));
}

/** Compared exactly, as the nodes look them up. */
function amongst(values: readonly string[], there: Iterable<string>): Set<string> {
  const known = new Set(there);
  return new Set(values.filter((value) => known.has(value)));
}
