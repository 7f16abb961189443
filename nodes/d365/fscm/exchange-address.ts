import { countryOfThree } from '../../returns/country-codes';
import type { Problem } from '../../returns/posting-checks';
import { toldAddress, type AddressPart, type ToldAddress } from '../../returns/told-address';
import type { PersonData } from '../../store/store';
import type { ExchangePolicy } from '../documents';
import { textOf, type D365Row } from './rows';

/** Where a replacement goes (R127), and the fields that say so. */
export interface Delivery {
  fields: Readonly<Record<string, string>>;
  /** `account`: nothing is sent, and the ERP takes the delivery address of the customer's account. */
  from: 'return' | 'order' | 'account';
}

/** What stays as it is on the original order where the platform does not tell it. */
const STAYS: ReadonlySet<AddressPart> = new Set(['name', 'phone', 'country']);

/**
 * The delivery address of a replacement: what the platform told with the return, else that of the original order, in the
 * fields that the dialog names. What is told and cannot be sent is a problem, unless the user has it otherwise.
 *
 * The address is handed to Dynamics 365 and nowhere else.
 *
 * @param order the original order, read with these fields
 */
export function deliveryOf(
  person: PersonData | null,
  order: D365Row,
  { addressFields, unsentAddress }: Pick<ExchangePolicy, 'addressFields' | 'unsentAddress'>,
): Delivery | { problem: Problem } {
  const told = person === null ? null : toldAddress(person);
  const fields = [...(addressFields ?? [])];
  if (fields.length === 0) {
    if (told === null || unsentAddress === 'account') return { fields: {}, from: 'account' };
    const what = 'the platform told an address, and no field of the sales order is named for it';
    return { problem: { code: 'exchange-address-unsent', what, lines: [] } };
  }
  const sent = fields.map(([part, field]) => {
    const kept = told === null || STAYS.has(part) ? textOf(order, field) : '';
    return [field, (told === null ? undefined : valueOf(part, told)) ?? kept] as const;
  });
  return { fields: Object.fromEntries(sent), from: told === null ? 'order' : 'return' };
}

/** Finance & SCM knows countries by three letters (A5). */
function valueOf(part: AddressPart, told: ToldAddress): string | undefined {
  return part === 'country' ? countryOfThree(told.country ?? '') : told[part];
}
