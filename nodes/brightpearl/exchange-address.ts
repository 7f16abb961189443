import { toldAddress, withoutValues, type AddressPart } from '../returns/told-address';
import type { PersonData } from '../store/store';

/** Fields of an address as sales-order POST takes them. */
export type Address = Record<string, string>;

/** Where a replacement goes: what the platform told with the return, or the address of the original order (R127). */
export interface Delivery {
  address: Address;
  from: 'return' | 'order';
}

/**
 * The delivery address of a replacement. What the platform does not tell of it (name, telephone, country) stays as it is
 * on the original order.
 *
 * The address is handed to Brightpearl and nowhere else.
 */
export function deliveryOf(person: PersonData | null, original: Address): Delivery {
  const told = person === null ? null : toldAddress(person);
  if (told === null) return { address: original, from: 'order' };
  const kept = Object.entries(original).filter(([field]) => STAYS.has(field));
  const fields = Object.entries(told).map(([part, value]) => [FIELDS[part as AddressPart], value] as const);
  return { address: Object.fromEntries([...kept, ...fields]), from: 'return' };
}

const STAYS = new Set(['addressFullName', 'telephone', 'mobileTelephone', 'email', 'countryIsoCode']);

/** Part of an address → Brightpearl's field. */
const FIELDS: Readonly<Record<AddressPart, string>> = {
  street: 'addressLine1',
  street2: 'addressLine2',
  city: 'addressLine3',
  region: 'addressLine4',
  postcode: 'postalCode',
  country: 'countryIsoCode',
  name: 'addressFullName',
  phone: 'telephone',
};

/** Takes an address out of a text: what Brightpearl refuses, it may repeat in its words. */
export function withoutAddress(text: string, address: Address): string {
  return withoutValues(text, Object.values(address));
}
