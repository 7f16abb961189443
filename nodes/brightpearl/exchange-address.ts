import type { PersonData } from '../store/store';

/** Fields of an address as sales-order POST takes them. */
export type Address = Record<string, string>;

/** Where a replacement goes: what the platform told with the return, or the address of the original order (R127). */
export interface Delivery {
  address: Address;
  from: 'return' | 'order';
}

/**
 * The delivery address of a replacement. The store's record of the person holds what the platform told of them, under
 * the platform's own names of the fields; it counts as an address only where it has a street and a post code. What it
 * does not tell (name, telephone, country) stays as it is on the original order.
 *
 * The address is handed to Brightpearl and nowhere else.
 */
export function deliveryOf(person: PersonData | null, original: Address): Delivery {
  const told = person === null ? null : addressIn(person);
  if (told === null) return { address: original, from: 'order' };
  const kept = Object.entries(original).filter(([field]) => STAYS.has(field));
  return { address: { ...Object.fromEntries(kept), ...told }, from: 'return' };
}

const STAYS = new Set(['addressFullName', 'telephone', 'mobileTelephone', 'email', 'countryIsoCode']);

/** Brightpearl's field → what platforms call it, without case, blanks and marks. */
const NAMES: readonly (readonly [string, RegExp])[] = [
  ['addressLine1', /^(address|street|line|addressline)?(address|street|line)1$|^street(address)?$|^address$/],
  ['addressLine2', /^(address|street|line|addressline)?(address|street|line)2$/],
  ['addressLine3', /^(city|town)$/],
  ['addressLine4', /^(province|state|region|county)(code|name)?$/],
  ['postalCode', /^(postal|post|zip)(code)?$/],
  ['countryIsoCode', /^country(iso)?code$/],
  ['addressFullName', /^(full|recipient|shopper|customer|shipping)?name$/],
  ['telephone', /^(tele)?phone(number)?$/],
];

/** The address in a person's record: fields of one group, one for deliveries before another. */
function addressIn(person: PersonData): Address | null {
  const groups = new Map<string, Address>();
  for (const [path, value] of Object.entries(person)) {
    const at = path.lastIndexOf('.');
    const group = path.slice(0, Math.max(0, at));
    if (/billing|sender|merchant|warehouse/i.test(group)) continue;
    const name = path
      .slice(at + 1)
      .toLowerCase()
      .replace(/[^a-z0-9]/g, '')
      .replace(/^(shipping|delivery)(?=.)/, '');
    const field = NAMES.find(([, names]) => names.test(name))?.[0];
    if (field === undefined || value.trim() === '') continue;
    const address = groups.get(group) ?? {};
    address[field] ??= value.trim();
    groups.set(group, address);
  }
  const whole = [...groups].filter(([, address]) => address['addressLine1'] && address['postalCode']);
  const [, found] = whole.find(([group]) => /shipping|delivery/i.test(group)) ?? whole[0] ?? [];
  if (!found) return null;
  // A country that is no ISO code of two letters is not guessed.
  const { countryIsoCode, ...address } = found;
  const code = (countryIsoCode ?? '').toUpperCase();
  return /^[A-Z]{2}$/.test(code) ? { ...address, countryIsoCode: code } : address;
}

/** Takes an address out of a text: what Brightpearl refuses, it may repeat in its words. */
export function withoutAddress(text: string, address: Address): string {
  return Object.values(address)
    .filter((value) => value.length >= 3)
    .sort((a, b) => b.length - a.length)
    .reduce((clean, value) => clean.split(value).join('•••'), text);
}
