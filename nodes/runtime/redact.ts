/**
 * The one place that takes secrets and personal data out of texts before a person, a log or a status sees them.
 */

const MASK = '•••';

/** Secrets that this process holds, so that they can be found in any text. Shared by all nodes. */
const secrets = new Map<string, number>();

/** Remembers a secret until it is forgotten as often as it was remembered. Short values would mask ordinary words. */
export function rememberSecret(secret: string | undefined): void {
  if (secret === undefined || secret.length < 6) return;
  secrets.set(secret, (secrets.get(secret) ?? 0) + 1);
}

export function forgetSecret(secret: string | undefined): void {
  if (secret === undefined) return;
  const count = secrets.get(secret);
  if (count === undefined) return;
  if (count <= 1) secrets.delete(secret);
  else secrets.set(secret, count - 1);
}

/**
 * Every repetition is bounded: a text from outside may be long and made to slow a pattern down, and a search that
 * begins anew at each character must not look far each time.
 */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic)\s{1,10}[A-Za-z0-9._~+/=-]{8,4096}/gi, `$1 ${MASK}`],
  [/\beyJ[A-Za-z0-9_-]{5,2048}\.[A-Za-z0-9_-]{5,4096}\.[A-Za-z0-9_-]{0,1024}/g, MASK],
  [
    /((?:client_secret|secret|password|token|api[-_]?key|x-hr-apikey|x-hr-signature)["']?\s{0,10}[=:]\s{0,10}["']?)[^\s"'&,;}]{1,4096}/gi,
    `$1${MASK}`,
  ],
  [/[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}/g, MASK],
];

/** Masks known secrets, credentials in texts, and e-mail addresses. */
export function redact(text: string): string {
  let clean = text;
  for (const secret of secrets.keys()) clean = clean.split(secret).join(MASK);
  for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement);
  return clean;
}
