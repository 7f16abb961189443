import { LedgerError } from '../returns/failure';
import type { HttpSend } from '../runtime/http';
import { withRetry, type Surroundings } from '../runtime/retry';
import { DEFAULT_AUTHORITY, type D365Settings } from './settings';

/** A token is renewed this long before it ends. */
const MARGIN_MS = 120_000;

export interface TokenSource {
  /** A valid token; `renew` asks for a new one although the old one should still be good. */
  token(options?: { renew?: string; signal?: AbortSignal | undefined }): Promise<string>;
}

/**
 * Client-credentials tokens of Microsoft Entra ID (A1): kept until shortly before their end, and fetched once however
 * many calls wait for one. Errors say what to do and hold no secret.
 */
export function createTokenSource(
  settings: Pick<D365Settings, 'authorityUrl' | 'tenant' | 'clientId' | 'environmentUrl' | 'tokenVersion'>,
  clientSecret: string,
  http: HttpSend,
  surroundings: Surroundings,
): TokenSource {
  let current: { value: string; until: number } | undefined;
  let fetching: Promise<string> | undefined;

  const fetchToken = async (signal: AbortSignal | undefined): Promise<string> => {
    const answer = await withRetry(() => ask(signal), surroundings, signal);
    current = { value: answer.token, until: surroundings.clock.now() + answer.seconds * 1000 };
    return answer.token;
  };

  const ask = async (signal: AbortSignal | undefined): Promise<{ token: string; seconds: number }> => {
    const authority = (settings.authorityUrl === '' ? DEFAULT_AUTHORITY : settings.authorityUrl).replace(
      /\/+$/,
      '',
    );
    const root = settings.environmentUrl.replace(/\/+$/, '');
    const v2 = settings.tokenVersion === 'v2';
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: settings.clientId,
      client_secret: clientSecret,
      ...(v2 ? { scope: `${root}/.default` } : { resource: root }),
    });
    const answer = await http({
      method: 'POST',
      url: `${authority}/${encodeURIComponent(settings.tenant)}/oauth2/${v2 ? 'v2.0/' : ''}token`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: form.toString(),
      signal,
      timeoutMs: 30_000,
      safe: true,
    });
    return readToken(answer.status, answer.text);
  };

  return {
    token: async ({ renew, signal } = {}) => {
      const fresh =
        current && current.until - MARGIN_MS > surroundings.clock.now() && current.value !== renew;
      if (current && fresh) return current.value;
      fetching ??= fetchToken(signal).finally(() => {
        fetching = undefined;
      });
      return fetching;
    },
  };
}

function readToken(status: number, text: string): { token: string; seconds: number } {
  let body: Record<string, unknown> = {};
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A gateway's page; the status says enough.
  }
  const token = body['access_token'];
  const seconds = Number(body['expires_in']);
  if (status === 200 && typeof token === 'string') {
    return { token, seconds: Number.isFinite(seconds) && seconds > 0 ? seconds : 300 };
  }
  if (status >= 500 || status === 429) {
    throw new LedgerError({
      code: 'd365-sign-in-unavailable',
      class: 'transient',
      message: `Microsoft’s sign-in service answered with status ${status}`,
    });
  }
  throw new LedgerError({
    code: 'd365-sign-in-refused',
    class: 'auth',
    message: `Microsoft refused the sign-in: ${remedyFor(body['error_description'])}`,
    details: { status },
  });
}

/** Entra's codes (A1) and what to do about them. */
function remedyFor(description: unknown): string {
  const code = /AADSTS\d+/.exec(typeof description === 'string' ? description : '')?.[0] ?? '';
  switch (code) {
    case 'AADSTS7000215':
      return 'the client secret is wrong (AADSTS7000215): copy the secret’s value, not its ID, or make a new one';
    case 'AADSTS7000222':
      return 'the client secret has expired (AADSTS7000222): make a new one in Microsoft Entra';
    case 'AADSTS700016':
      return 'the client ID is not known in this tenant (AADSTS700016): check client ID and tenant';
    case 'AADSTS90002':
      return 'the tenant does not exist (AADSTS90002): check the tenant';
    case 'AADSTS70011':
    case 'AADSTS500011':
      return `the environment address is not accepted (${code}): enter it without a path, such as https://contoso.operations.dynamics.com`;
    default:
      return code === ''
        ? 'check tenant, client ID and client secret'
        : `check tenant, client ID and client secret (${code})`;
  }
}
