import type { NewPerson, PersonData } from '../store/store';

/** Keys whose values are about a person. `destinationAddressID` and `location` name places of business. */
const PERSONAL_KEY =
  /e-?mail|phone|mobile|(first|last|full|sur|given|family|customer|shopper|recipient|billing|shipping)_?name|^name$|street|address(?!_?id)|post_?code|postal|^zip|zip_?code|^city$/i;
/** What may stand before the @ of an e-mail address, and what stands behind it. */
const MAILBOX_END = /[\w.!#$%&'*+/=?^`{|}~-]/;
const MAIL_HOST = /[\w-]+(?:\.[\w-]+)+/y;
/** Keys are the same from webhook to webhook; the number is bounded, since they come from outside. */
const judged = new Map<string, boolean>();
const MOST_JUDGED = 2000;

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
  let count = 0;
  collect(body, '', '', (path, key, value) => {
    if (/e-?mail/i.test(key) && holdsAddress(value)) addresses.push(value);
    if (count < 200) found[path] = value.slice(0, 2000);
    count += 1;
  });
  if (count === 0) return { body, token: null, person: null };
  const token = personToken(addresses[0] ?? JSON.stringify(found));
  return { body: replace(body, token), token, person: { token, data: found, seenAt } };
}

function isPersonal(key: string, value: unknown): value is string {
  if (typeof value !== 'string' || value === '') return false;
  return isPersonalKey(key) || holdsAddress(value);
}

function isPersonalKey(key: string): boolean {
  const known = judged.get(key);
  if (known !== undefined) return known;
  const personal = PERSONAL_KEY.test(key) || PERSONAL_KEY.test(key.slice(key.lastIndexOf('.') + 1));
  if (judged.size < MOST_JUDGED) judged.set(key, personal);
  return personal;
}

/** Looks from each @ to both sides: a search from the beginning takes the square of a long text's length. */
function holdsAddress(text: string): boolean {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (at === 0 || !MAILBOX_END.test(text.charAt(at - 1))) continue;
    MAIL_HOST.lastIndex = at + 1;
    if (MAIL_HOST.test(text)) return true;
  }
  return false;
}

/** Entries of a list count as values of the list's key. */
function collect(
  value: unknown,
  key: string,
  path: string,
  take: (path: string, key: string, value: string) => void,
): void {
  if (isPersonal(key, value)) take(path, key, value);
  else if (Array.isArray(value)) for (const entry of value as unknown[]) collect(entry, key, path, take);
  else if (typeof value === 'object' && value !== null) {
    for (const name of Object.keys(value)) {
      const inner = (value as Record<string, unknown>)[name];
      // Most values are plain texts without a person in them: no path is made for these.
      if (typeof inner === 'string' ? isPersonal(name, inner) : typeof inner === 'object') {
        collect(inner, name, path === '' ? name : `${path}.${name}`, take);
      }
    }
  }
}

function replace(value: unknown, token: string, key = ''): unknown {
  if (isPersonal(key, value)) return token;
  if (Array.isArray(value)) return value.map((entry: unknown) => replace(entry, token, key));
  if (typeof value === 'object' && value !== null) {
    const replaced: Record<string, unknown> = {};
    for (const name of Object.keys(value)) {
      replaced[name] = replace((value as Record<string, unknown>)[name], token, name);
    }
    return replaced;
  }
  return value;
}
