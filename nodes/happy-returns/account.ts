import { z } from 'zod';
import { RETURN_TOPICS } from '../returns/event';
import { LedgerError } from '../returns/failure';
import type { NodeBehaviour } from '../runtime/define-node';
import type { HttpSend } from '../runtime/http';
import type { ConnectionTestResult } from '../runtime/connection-test';
import { SIGNATURE_ALGORITHMS, SIGNATURE_ENCODINGS, type SignatureScheme } from './signature';
import type { Vocabulary } from './vocabulary';

export const HAPPY_RETURNS_ACCOUNT = 'happy-returns-account';

/** The dialog's values. What the vendor's pages leave unknown is a setting here, with the inferred value as default. */
export const accountSchema = z.object({
  name: z.string().default(''),
  environment: z.enum(['live', 'sandbox']).default('live'),
  /** Retailer ids, separated by commas or white space. */
  retailers: z
    .string()
    .default('')
    .transform((text) => text.split(/[\s,;]+/).filter((part) => part !== '')),
  algorithm: z.enum(SIGNATURE_ALGORITHMS).default('sha256'),
  encoding: z.enum(SIGNATURE_ENCODINGS).default('hex'),
  prefix: z.string().default(''),
  vocabulary: z.array(z.object({ word: z.string().trim().min(1), topic: z.enum(RETURN_TOPICS) })).default([]),
  apiUrl: z.string().trim().default(''),
});

export type AccountConfig = z.infer<typeof accountSchema>;

export const DEFAULT_API_URL = 'https://partner.happyreturns.com';

/** What the In node needs of an account. */
export interface HappyReturnsAccount extends NodeBehaviour {
  readonly sandbox: boolean;
  readonly retailers: ReadonlySet<string>;
  readonly vocabulary: Vocabulary;
  readonly scheme: SignatureScheme;
  /** True where the signature fits one of the current secrets. */
  verify(body: Buffer, header: string | string[] | undefined): boolean;
  /** False where no secret is known, so that nothing can be accepted. */
  hasSecret(): boolean;
}

/**
 * Asks the partner API whether the key is good: `GET /webhooks` is what another integration platform uses as a check
 * (`reference/returns-platforms.md` 4.4, secondary).
 */
export async function testAccount(
  http: HttpSend,
  apiUrl: string,
  apiKey: string | undefined,
  hasSecret: boolean,
  signal: AbortSignal,
): Promise<ConnectionTestResult> {
  const secretCheck = hasSecret
    ? { ok: true, text: 'A webhook secret is set.' }
    : { ok: false, text: 'No webhook secret is set: every webhook would be refused with 401.' };
  if (apiKey === undefined || apiKey === '') {
    const text = 'No API key is set; it is needed only to ask Happy Returns for returns.';
    return { ok: hasSecret, message: secretCheck.text, checks: [secretCheck, { ok: true, text }] };
  }
  const url = `${(apiUrl === '' ? DEFAULT_API_URL : apiUrl).replace(/\/+$/, '')}/webhooks`;
  const answer = await http({
    method: 'GET',
    url,
    headers: { 'x-hr-apikey': apiKey },
    signal,
    timeoutMs: 15_000,
  });
  const keyCheck = describeAnswer(answer.status);
  const ok = keyCheck.ok && hasSecret;
  return {
    ok,
    message: ok ? 'Happy Returns accepted the key.' : (hasSecret ? keyCheck : secretCheck).text,
    checks: [secretCheck, keyCheck],
  };
}

function describeAnswer(status: number): { ok: boolean; text: string } {
  if (status >= 200 && status < 300) return { ok: true, text: 'Happy Returns accepted the API key.' };
  if (status === 401 || status === 403) {
    return {
      ok: false,
      text: 'Happy Returns refused the API key: copy it again from the Happy Returns dashboard.',
    };
  }
  if (status === 429)
    return { ok: false, text: 'Happy Returns is limiting calls right now: try again in a minute.' };
  return { ok: false, text: `Happy Returns answered with status ${status}: check the API address.` };
}

export function secretMissing(): LedgerError {
  return new LedgerError({
    code: 'secret-missing',
    class: 'config',
    message:
      'The Happy Returns account has no webhook secret, so every webhook is refused: enter it in the account node',
  });
}
