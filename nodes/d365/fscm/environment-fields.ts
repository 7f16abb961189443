import { LedgerError } from '../../returns/failure';
import type { FieldValue } from '../custom-fields';
import type { D365Client } from './client';
import { typesOf } from './metadata';
import { NAMES, NAMES_OF, type EntitySet } from './names';
import type { D365Row } from './rows';

const NUMBERS = /^Edm\.(Decimal|Double|Single|Int16|Int32|Int64)$/;

/** Fields that only this customer's environment has: their names come from dialogs, and are checked before the first use. */
export class EnvironmentFields {
  private readonly types = new Map<string, ReadonlyMap<string, string>>();

  constructor(private readonly client: Pick<D365Client, 'metadata'>) {}

  /**
   * Throws `d365-field-missing` (config) where the environment has no such field. Asked once for each set, then remembered.
   */
  async check(set: EntitySet, fields: readonly string[], signal?: AbortSignal): Promise<void> {
    if (fields.length === 0) return;
    const known = this.types.get(set) ?? typesOf(await this.client.metadata(signal), set);
    const missing = fields.filter((field) => !known.has(field));
    if (missing.length > 0) {
      throw new LedgerError({
        code: 'd365-field-missing',
        class: 'config',
        message:
          `${set} of this environment has no field ${missing.join(', ')}. Correct its name in the dialog, or ask your ` +
          'D365 partner to add it to the data entity; nothing is posted before.',
      });
    }
    this.types.set(set, known);
  }

  /** Values in the form that the fields take. Throws `d365-field-value` or `d365-field-reserved` (config). */
  async row(set: EntitySet, values: ReadonlyMap<string, FieldValue>, signal?: AbortSignal): Promise<D365Row> {
    const fields = [...values.keys()];
    const reserved = fields.filter((field) => isOurs(set, field));
    if (reserved.length > 0) {
      throw new LedgerError({
        code: 'd365-field-reserved',
        class: 'config',
        message: `${reserved.join(', ')} of ${set} is filled by the node itself; take it out of the table of custom fields`,
      });
    }
    await this.check(set, fields, signal);
    return Object.fromEntries([...values].map(([field, value]) => [field, this.inForm(set, field, value)]));
  }

  private inForm(set: EntitySet, field: string, value: FieldValue): string | number {
    const type = this.types.get(set)?.get(field) ?? 'Edm.String';
    if (!NUMBERS.test(type)) return typeof value === 'boolean' ? (value ? 'Yes' : 'No') : String(value);
    const number = Number(value);
    if (typeof value !== 'boolean' && Number.isFinite(number)) return number;
    throw new LedgerError({
      code: 'd365-field-value',
      class: 'config',
      message: `${set}.${field} takes a number, and the table of custom fields gives it something else`,
    });
  }
}

/** Whether the pack itself reads or writes a field. */
function isOurs(set: EntitySet, field: string): boolean {
  const groups: Readonly<Record<string, readonly string[]>>[] = [NAMES, ...Object.values(NAMES_OF)];
  return groups.some((group) => group[set]?.includes(field) ?? false);
}
