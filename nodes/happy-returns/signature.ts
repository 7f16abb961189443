import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';

export const SIGNATURE_ALGORITHMS = ['sha256', 'sha1', 'sha512'] as const;
export const SIGNATURE_ENCODINGS = ['hex', 'base64'] as const;

/**
 * How the signature is made. What the vendor's pages do not tell is a setting; the defaults are inferred from the
 * documented sample, 64 lower-case hex digits (`reference/returns-platforms.md` 4.4).
 */
export interface SignatureScheme {
  algorithm: (typeof SIGNATURE_ALGORITHMS)[number];
  encoding: (typeof SIGNATURE_ENCODINGS)[number];
  /** Text before the digest, for example `sha256=`; usually none. */
  prefix: string;
}

/**
 * Secrets as keys, made once: on Node 24 a buffer key costs more than three times as much for each request
 * (`reference/performance.md` 3a).
 */
export function signatureKeys(secrets: readonly (string | undefined)[]): KeyObject[] {
  return secrets
    .filter((secret): secret is string => secret !== undefined && secret !== '')
    .map((secret) => createSecretKey(Buffer.from(secret, 'utf8')));
}

/**
 * True where the header is the signature of the raw body under one of the secrets. Constant time: every secret is
 * tried in full, and digests of equal length are compared.
 *
 * @param header value of `X-Hr-Signature` as Node gives it; several headers come joined by a comma and are refused
 */
export function verifySignature(
  body: Buffer,
  header: string | string[] | undefined,
  keys: readonly KeyObject[],
  scheme: SignatureScheme,
): boolean {
  const given = typeof header === 'string' ? decode(header, scheme) : undefined;
  let valid = false;
  for (const key of keys) {
    const expected = createHmac(scheme.algorithm, key).update(body).digest();
    // Without a well-formed header the digest is compared with itself reversed, so that the work stays the same.
    const candidate = given?.length === expected.length ? given : Buffer.from(expected).reverse();
    const equal = timingSafeEqual(candidate, expected);
    valid = (equal && candidate === given) || valid;
  }
  return valid;
}

function decode(header: string, scheme: SignatureScheme): Buffer | undefined {
  if (!header.startsWith(scheme.prefix)) return undefined;
  const text = header.slice(scheme.prefix.length);
  if (scheme.encoding === 'hex') {
    // Upper and lower case are both accepted (returns-platforms 4.4, connector rule).
    return /^([0-9a-f]{2})+$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
  }
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  // Base64 has several spellings of one value; only the canonical one is a signature.
  return bytes.toString('base64') === text ? bytes : undefined;
}
