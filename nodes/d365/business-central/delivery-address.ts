import type { PersonData } from '../../store/store';
import { textOf, type D365Row } from '../fscm/rows';

/** Fields of a ship-to address as sales orders take them. */
export type ShipTo = Record<string, string>;

const FIELDS = [
  'shipToName',
  'shipToAddressLine1',
  'shipToAddressLine2',
  'shipToCity',
  'shipToState',
  'shipToCountry',
  'shipToPostCode',
] as const;

/** Field → what platforms call it, without case, blanks and marks. */
const NAMES: readonly (readonly [(typeof FIELDS)[number], RegExp])[] = [
  [
    'shipToAddressLine1',
    /^(address|street|line|addressline)?(address|street|line)1$|^street(address)?$|^address$/,
  ],
  ['shipToAddressLine2', /^(address|street|line|addressline)?(address|street|line)2$/],
  ['shipToCity', /^(city|town)$/],
  ['shipToState', /^(province|state|region|county)(code|name)?$/],
  ['shipToPostCode', /^(postal|post|zip)(code)?$/],
  ['shipToCountry', /^country(iso)?code$/],
  ['shipToName', /^(full|recipient|shopper|customer|shipping)?name$/],
];

/**
 * Where a replacement goes: the address that the platform told with the return, where it has a street and a post code; else
 * that of the invoice (R127). It is handed to Business Central and nowhere else.
 */
export function shipToOf(
  person: PersonData | null,
  invoice: D365Row,
): { shipTo: ShipTo; from: 'return' | 'order' } {
  const original: ShipTo = {};
  for (const field of FIELDS) {
    const value = textOf(invoice, field);
    if (value !== '') original[field] = value;
  }
  const told = person === null ? null : addressIn(person);
  if (!told) return { shipTo: original, from: 'order' };
  const { shipToName = '', shipToCountry = '' } = original;
  const kept = {
    ...(shipToName === '' ? {} : { shipToName }),
    ...(shipToCountry === '' ? {} : { shipToCountry }),
  };
  return { shipTo: { ...kept, ...told }, from: 'return' };
}

/** The address in a person's record: fields of one group, one for deliveries before another. */
function addressIn(person: PersonData): ShipTo | null {
  const groups = new Map<string, ShipTo>();
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
    address[field] ??= value.trim().slice(0, 100);
    groups.set(group, address);
  }
  const whole = [...groups].filter(([, one]) => one['shipToAddressLine1'] && one['shipToPostCode']);
  const [, found] = whole.find(([group]) => /shipping|delivery/i.test(group)) ?? whole[0] ?? [];
  if (!found) return null;
  // A country that is no ISO code of two letters is not guessed.
  const { shipToCountry = '', ...address } = found;
  const code = shipToCountry.toUpperCase();
  return /^[A-Z]{2}$/.test(code) ? { ...address, shipToCountry: code } : address;
}

/** Takes an address out of a text: what is refused may be repeated in the words of the refusal. */
export function withoutAddress(text: string, shipTo: ShipTo): string {
  return Object.values(shipTo)
    .filter((value) => value.length >= 3)
    .sort((a, b) => b.length - a.length)
    .reduce((clean, value) => clean.split(value).join('•••'), text);
}
