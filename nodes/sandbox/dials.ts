import { LedgerError } from '../returns/failure';

/** The dials of one simulated vendor, and how they are to stand. */
export interface Turn {
  /** The vendor's name for people. */
  vendor: string;
  dials: object;
  changes: Readonly<Record<string, unknown>>;
}

/** Turns dials: all of them, or none where one does not exist or takes something else. Throws `dial-invalid`. */
export function turnDials(turns: readonly Turn[]): void {
  for (const { vendor, dials, changes } of turns) {
    for (const [name, value] of Object.entries(changes)) check(vendor, dials, name, value);
  }
  for (const { dials, changes } of turns) Object.assign(dials, changes);
}

function check(vendor: string, dials: object, name: string, value: unknown): void {
  const stands: unknown = Object.entries(dials).find(([known]) => known === name)?.[1];
  if (stands === undefined) {
    throw invalid(
      `The simulated ${vendor} has no dial ${JSON.stringify(name)}; it has ${Object.keys(dials).join(', ')}`,
    );
  }
  if (typeof value !== typeof stands || (typeof value === 'number' && !(value >= 0))) {
    throw invalid(`The dial ${name} of the simulated ${vendor} takes ${kindOf(stands)}`);
  }
}

function kindOf(value: unknown): string {
  if (typeof value === 'number') return 'a number that is not negative';
  return typeof value === 'boolean' ? 'true or false' : 'a text';
}

function invalid(message: string): LedgerError {
  return new LedgerError({ code: 'dial-invalid', class: 'data-invalid', message });
}
