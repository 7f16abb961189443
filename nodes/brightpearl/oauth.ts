import { z } from 'zod';
import { LedgerError } from '../returns/failure';
import type { HttpSend } from '../runtime/http';
import { forgetSecret, rememberSecret } from '../runtime/redact';
import { withRetry, type Surroundings } from '../runtime/retry';
import { fingerprint, seal, unseal } from '../runtime/sealed';
import type { ReturnsStore } from '../store/store';

/** A token is renewed when so much of its time is over. */
const USED_SHARE = 0.9;
const DEFAULT_OAUTH_URL = 'https://oauth.brightpearlapp.com';
/** Where the grant is kept: beside the master data of the account. */
const KIND = 'oauth-grant';
const KEY = 'current';

/** What a grant allows: calls with this token, to this host, as this installation. */
export interface Grant {
  accessToken: string;
  /** Installation of the app in the account: the second half of the unique key of everything that is created. */
  instanceId: number;
  /** Host of the API, for example `euw1.brightpearlconnect.com`; empty where the answer named none. */
  apiDomain: string;
}

export interface OAuthParts {
  /** Where tokens are given out; empty for the vendor's own address. */
  oauthUrl: string;
  account: string;
  /** Reference of the app: the client id. */
  appRef: string;
  clientSecret: string;
  /** The refresh token that a person entered after they had allowed the app to use the account. */
  refreshToken: string;
  connectionId: string;
  store: ReturnsStore;
  http: HttpSend;
  surroundings: Surroundings;
}

const keptSchema = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  renewAt: z.number(),
  instanceId: z.number(),
  apiDomain: z.string(),
  /** Fingerprint of the token that a person entered: a new one takes the place of what is kept. */
  from: z.string(),
});

type Kept = z.infer<typeof keptSchema>;

/**
 * The grant of an instance app (help 4414330000657; oauth-token POST). Each renewal gives a new refresh token and the
 * old one is used up, so the newest is kept in the store, sealed with the client secret, before anything is done with
 * it; and of several Node-RED instances one renews at a time.
 */
export class OAuthGrant {
  private current: Kept | undefined;
  private renewing: Promise<Kept> | undefined;

  constructor(private readonly parts: OAuthParts) {}

  /** A valid grant; `renew` asks for a new one although the one with this token should still be good. */
  async grant(renew?: string, signal?: AbortSignal): Promise<Grant> {
    const known = this.current;
    if (known && this.isFresh(known) && known.accessToken !== renew) return known;
    this.renewing ??= this.renewOnce(renew, signal).finally(() => (this.renewing = undefined));
    return this.renewing;
  }

  private async renewOnce(refused: string | undefined, signal?: AbortSignal): Promise<Kept> {
    const { store, connectionId } = this.parts;
    const renewed = await store.exclusive(
      `${connectionId}/oauth`,
      async () => {
        const kept = await this.load();
        // Another instance may have renewed it meanwhile.
        if (kept && this.isFresh(kept) && kept.accessToken !== refused) return kept;
        const next = await withRetry(
          () => this.ask(kept?.refreshToken ?? this.parts.refreshToken, kept, signal),
          this.parts.surroundings,
          signal,
        );
        await this.save(next);
        return next;
      },
      signal,
    );
    for (const secret of secretsOf(renewed)) rememberSecret(secret);
    for (const secret of secretsOf(this.current)) forgetSecret(secret);
    this.current = renewed;
    return renewed;
  }

  /** Ends the use of what was granted. */
  close(): void {
    for (const secret of secretsOf(this.current)) forgetSecret(secret);
    this.current = undefined;
  }

  private isFresh(kept: Kept): boolean {
    return kept.renewAt > this.parts.surroundings.clock.now();
  }

  private async ask(refreshToken: string, kept: Kept | null, signal?: AbortSignal): Promise<Kept> {
    const { oauthUrl, account, appRef, clientSecret, http, surroundings } = this.parts;
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: appRef,
      ...(clientSecret === '' ? {} : { client_secret: clientSecret }),
    });
    const host = (oauthUrl === '' ? DEFAULT_OAUTH_URL : oauthUrl).replace(/\/+$/, '');
    const answer = await http({
      method: 'POST',
      url: `${host}/token/${encodeURIComponent(account)}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: form.toString(),
      signal,
      timeoutMs: 30_000,
    });
    const body = readAnswer(answer.status, answer.text);
    return {
      accessToken: body.access_token,
      refreshToken: body.refresh_token ?? refreshToken,
      renewAt: surroundings.clock.now() + body.expires_in * 1000 * USED_SHARE,
      instanceId: body.installation_instance_id ?? kept?.instanceId ?? 0,
      apiDomain: safeDomain(body.api_domain ?? kept?.apiDomain ?? ''),
      from: fingerprint(this.parts.refreshToken),
    };
  }

  private async load(): Promise<Kept | null> {
    const { store, connectionId } = this.parts;
    const record = (await store.masterData(connectionId, KIND, [KEY])).get(KEY);
    const text = typeof record?.value === 'string' ? unseal(record.value, this.key(), connectionId) : null;
    const parsed = text === null ? null : keptSchema.safeParse(JSON.parse(text)).data;
    return parsed?.from === fingerprint(this.parts.refreshToken) ? parsed : null;
  }

  private async save(kept: Kept): Promise<void> {
    const { store, connectionId, surroundings } = this.parts;
    const value = seal(JSON.stringify(kept), this.key(), connectionId);
    const readAt = new Date(surroundings.clock.now()).toISOString();
    await store.putMasterData(connectionId, KIND, [{ key: KEY, value, readAt }]);
  }

  private key(): string {
    return `${this.parts.clientSecret}/${this.parts.refreshToken}`;
  }
}

function secretsOf(kept: Kept | undefined): string[] {
  return kept ? [kept.accessToken, kept.refreshToken] : [];
}

const answerSchema = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  expires_in: z.coerce.number().positive().default(3600),
  installation_instance_id: z.coerce.number().int().positive().optional(),
  api_domain: z.string().optional(),
});

function readAnswer(status: number, text: string): z.infer<typeof answerSchema> {
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    // A gateway's page; the status says enough.
  }
  const parsed = answerSchema.safeParse(body);
  if (status === 200 && parsed.success) return parsed.data;
  if (status >= 500 || status === 429) {
    throw new LedgerError({
      code: 'brightpearl-sign-in-unavailable',
      class: 'transient',
      message: `Brightpearl’s sign-in service answered with status ${status}`,
    });
  }
  throw new LedgerError({
    code: 'brightpearl-sign-in-refused',
    class: 'auth',
    message:
      'Brightpearl refused to renew the app’s access: allow the app to use the account once more, and enter the new ' +
      'refresh token in the account node',
    details: { status },
  });
}

/** The token goes to the vendor's own hosts only, whatever an answer names. */
function safeDomain(domain: string): string {
  if (domain === '' || /^([a-z0-9-]+\.)+brightpearl(connect|app)?\.com$/i.test(domain)) return domain;
  throw new LedgerError({
    code: 'brightpearl-foreign-host',
    class: 'config',
    message: 'Brightpearl’s sign-in service named a host that is not Brightpearl’s',
  });
}
