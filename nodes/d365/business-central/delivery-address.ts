import { toldAddress, type AddressPart } from '../../returns/told-address';
import type { PersonData } from '../../store/store';
import { textOf, type D365Row } from '../fscm/rows';

/** Fields of a ship-to address as sales orders take them. */
export type ShipTo = Record<string, string>;

/** Part of an address → field; sales orders have none for a phone. */
const FIELDS: Readonly<Partial<Record<AddressPart, string>>> = {
  name: 'shipToName',
  street: 'shipToAddressLine1',
  street2: 'shipToAddressLine2',
  city: 'shipToCity',
  region: 'shipToState',
  postcode: 'shipToPostCode',
  country: 'shipToCountry',
};

const LONGEST = 100;

/**
 * Where a replacement goes: the address that the platform told with the return, where it has a street and a post code; else
 * that of the invoice (R127). It is handed to Business Central and nowhere else.
 */
export function shipToOf(
  person: PersonData | null,
  invoice: D365Row,
): { shipTo: ShipTo; from: 'return' | 'order' } {
  const original: ShipTo = {};
  for (const field of Object.values(FIELDS)) {
    const value = textOf(invoice, field);
    if (value !== '') original[field] = value;
  }
  const address = person === null ? null : toldAddress(person);
  if (!address) return { shipTo: original, from: 'order' };
  const told = Object.entries(address).flatMap(([part, value]) => {
    const field = FIELDS[part as AddressPart];
    return field === undefined ? [] : [[field, value.slice(0, LONGEST)] as const];
  });
  const { shipToName = '', shipToCountry = '' } = original;
  const kept = {
    ...(shipToName === '' ? {} : { shipToName }),
    ...(shipToCountry === '' ? {} : { shipToCountry }),
  };
  return { shipTo: { ...kept, ...Object.fromEntries(told) }, from: 'return' };
}
