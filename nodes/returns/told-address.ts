/** The parts of an address, by names of our own. */
export const ADDRESS_PARTS = [
  'name',
  'street',
  'street2',
  'city',
  'region',
  'postcode',
  'country',
  'phone',
] as const;

export type AddressPart = (typeof ADDRESS_PARTS)[number];

/** What is known of an address. `country` is an ISO code of two letters, in capitals. */
export type ToldAddress = Partial<Record<AddressPart, string>>;

/** Part → what platforms call it, without case, blanks and marks. */
const NAMES: readonly (readonly [AddressPart, RegExp])[] = [
  ['street', /^(address|street|line|addressline)?(address|street|line)1$|^street(address)?$|^address$/],
  ['street2', /^(address|street|line|addressline)?(address|street|line)2$/],
  ['city', /^(city|town)$/],
  ['region', /^(province|state|region|county)(code|name)?$/],
  ['postcode', /^(postal|post|zip)(code)?$/],
  ['country', /^country(iso)?code$/],
  ['name', /^(full|recipient|shopper|customer|shipping)?name$/],
  ['phone', /^(tele)?phone(number)?$/],
];

/**
 * The delivery address in a person's record: fields of one group, one for deliveries before another. The record holds what
 * the platform told of the person, under the platform's own names of the fields; it counts as an address only where it has
 * a street and a post code. Null where it has none.
 */
export function toldAddress(person: Readonly<Record<string, string>>): ToldAddress | null {
  const groups = new Map<string, ToldAddress>();
  for (const [path, value] of Object.entries(person)) {
    const at = path.lastIndexOf('.');
    const group = path.slice(0, Math.max(0, at));
    if (/billing|sender|merchant|warehouse/i.test(group)) continue;
    const name = path
      .slice(at + 1)
      .toLowerCase()
      .replace(/[^a-z0-9]/g, '')
      .replace(/^(shipping|delivery)(?=.)/, '');
    const part = NAMES.find(([, names]) => names.test(name))?.[0];
    if (part === undefined || value.trim() === '') continue;
    const address = groups.get(group) ?? {};
    address[part] ??= value.trim();
    groups.set(group, address);
  }
  const whole = [...groups].filter(([, { street, postcode }]) => street && postcode);
  const [, found] = whole.find(([group]) => /shipping|delivery/i.test(group)) ?? whole[0] ?? [];
  if (!found) return null;
  // A country that is no ISO code of two letters is not guessed.
  const { country, ...address } = found;
  const code = (country ?? '').toUpperCase();
  return /^[A-Z]{2}$/.test(code) ? { ...address, country: code } : address;
}

/** Takes values of an address out of a text: what an ERP refuses, it may repeat in its words. */
export function withoutValues(text: string, values: readonly string[]): string {
  return values
    .filter((value) => value.length >= 3)
    .toSorted((a, b) => b.length - a.length)
    .reduce((clean, value) => clean.split(value).join('•••'), text);
}
