import { createHmac } from 'node:crypto';

export interface Signing {
  algorithm: 'sha256' | 'sha1' | 'sha512';
  encoding: 'hex' | 'base64';
  prefix: string;
}

/** The inferred scheme (`reference/returns-platforms.md` 4.4); what is unknown is a setting (4.17). */
export const INFERRED_SIGNING: Signing = { algorithm: 'sha256', encoding: 'hex', prefix: '' };

/** Value of `X-Hr-Signature` for a body. */
export function signBody(body: Buffer, secret: string, signing: Signing = INFERRED_SIGNING): string {
  return signing.prefix + createHmac(signing.algorithm, secret).update(body).digest(signing.encoding);
}
