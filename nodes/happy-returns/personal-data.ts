import type { NewPerson, PersonData } from '../store/store';

/** Keys whose values are about a person. `destinationAddressID` and `location` name places of business. */
const PERSONAL_KEY =
  /e-?mail|phone|mobile|(first|last|full|sur|given|family|customer|shopper|recipient|billing|shipping)_?name|^name$|street|address(?!_?id)|post_?code|postal|^zip|zip_?code|^city$/i;
const EMAIL = /[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}/;

export interface Separated {
  /** The body with each personal value replaced by the person's token. */
  body: unknown;
  /** The person's token; null where the body names nobody. */
  token: string | null;
  person: NewPerson | null;
}

/**
 * Parts a body from the person in it: the message goes on with a token, the values go to the store's people table,
 * from where they can be erased (reliability 4.8).
 *
 * @param personToken makes the token of an e-mail address or, without one, of the return
 */
export function separatePerson(
  body: unknown,
  personToken: (identity: string) => string,
  seenAt: string,
): Separated {
  const found: PersonData = {};
  const addresses: string[] = [];
  collect(body, '', (path, key, value) => {
    if (/e-?mail/i.test(key) && EMAIL.test(value)) addresses.push(value);
    if (Object.keys(found).length < 200) found[path] = value.slice(0, 2000);
  });
  if (Object.keys(found).length === 0) return { body, token: null, person: null };
  const token = personToken(addresses[0] ?? JSON.stringify(found));
  return { body: replace(body, token), token, person: { token, data: found, seenAt } };
}

function isPersonal(key: string, value: unknown): value is string {
  if (typeof value !== 'string' || value === '') return false;
  return PERSONAL_KEY.test(key) || EMAIL.test(value);
}

function collect(
  value: unknown,
  path: string,
  take: (path: string, key: string, value: string) => void,
): void {
  const key = path.slice(path.lastIndexOf('.') + 1);
  if (isPersonal(key, value)) take(path, key, value);
  else if (Array.isArray(value)) value.forEach((entry: unknown) => collect(entry, path, take));
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      collect(inner, path === '' ? name : `${path}.${name}`, take);
    }
  }
}

function replace(value: unknown, token: string, key = ''): unknown {
  if (isPersonal(key, value)) return token;
  if (Array.isArray(value)) return value.map((entry: unknown) => replace(entry, token, key));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, replace(inner, token, name)]),
    );
  }
  return value;
}
