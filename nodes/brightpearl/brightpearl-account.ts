import { z } from 'zod';
import { LedgerError } from '../returns/failure';
import { instantOf } from '../returns/time';
import { serveConnectionTest } from '../runtime/connection-test';
import { defineNode, livingBehaviour, type NodeContext } from '../runtime/define-node';
import type { ErpConnection } from '../runtime/erp-connection';
import { createHttp, type HttpSend } from '../runtime/http';
import type { NodeRed } from '../runtime/node-red';
import { realSurroundings } from '../runtime/retry';
import { storeOf } from '../runtime/returns-store';
import { sandboxEndpoint, sandboxNow } from '../runtime/sandbox-link';
import type { ReturnsStore } from '../store/store';
import { BrightpearlConnector } from './connector';
import { OAuthGrant } from './oauth';
import { brightpearlSettingsSchema, fixedToken, type BrightpearlSettings, type TokenOf } from './settings';

export const BRIGHTPEARL_ACCOUNT = 'brightpearl-account';
const SANDBOX = 'brightpearl';

const configSchema = brightpearlSettingsSchema.extend({
  store: z.string().min(1, 'choose a returns store'),
});

type AccountConfig = z.infer<typeof configSchema>;

export interface BrightpearlAccount extends ErpConnection {
  connector(): Promise<BrightpearlConnector>;
}

function start(node: NodeContext<AccountConfig>): BrightpearlAccount {
  const { config, credentials } = node;
  if (config.environment === 'live') requireLive(config, credentials);
  const http = createHttp({
    allowPlainHttp: config.environment === 'sandbox',
    maxSockets: config.concurrency,
  });
  let grant: OAuthGrant | undefined;
  let connecting: { to: string | undefined; connector: Promise<BrightpearlConnector> } | undefined;
  const connect = async (): Promise<BrightpearlConnector> => {
    const store = await storeOf(node, config.store);
    const access = await accessTo(config, credentials, { http, connectionId: node.id, store }, node.signal);
    grant = access.grant;
    return new BrightpearlConnector({
      settings: access.settings,
      tokens: access.tokens,
      http,
      surroundings: realSurroundings,
      connectionId: node.id,
      onRecovered: () =>
        node.background(() => store.hastenDeliveries(node.id, instantOf(realSurroundings.clock)).then(noop)),
    });
  };
  return {
    connector: () => {
      // The sandbox has another address and other secrets each time it starts.
      const to = config.environment === 'sandbox' ? sandboxNow(SANDBOX)?.baseUrl : config.account;
      if (connecting && connecting.to === to) return connecting.connector;
      const connector = connect();
      connecting = { to, connector };
      // One that is not there yet is looked for again with the next message.
      connector.catch(() => (connecting = undefined));
      return connector;
    },
    store: () => storeOf(node, config.store),
    close: () => {
      grant?.close();
      http.close();
    },
  };
}

const noop = (): void => undefined;

type Secrets = Readonly<Record<string, string | undefined>>;

interface Access {
  settings: BrightpearlSettings;
  tokens: TokenOf;
  grant?: OAuthGrant;
}

/** Settings and tokens as they are used: for the sandbox its own address and account take the place of the typed ones. */
async function accessTo(
  config: BrightpearlSettings,
  secrets: Secrets,
  parts: { http: HttpSend; connectionId: string; store: ReturnsStore | null },
  signal: AbortSignal,
): Promise<Access> {
  if (config.environment === 'sandbox') return sandboxAccess(config, signal);
  if (config.authKind !== 'oauth') return { settings: config, tokens: fixedToken(secrets['token'] ?? '') };
  const { store } = parts;
  // A renewal uses the refresh token up, so it must be kept; a dialog that is not deployed has nowhere to keep it.
  if (!store) throw deployFirst();
  const grant = new OAuthGrant({
    oauthUrl: config.oauthUrl,
    account: config.account,
    appRef: config.appRef,
    clientSecret: secrets['clientSecret'] ?? '',
    refreshToken: secrets['token'] ?? '',
    connectionId: parts.connectionId,
    store,
    http: parts.http,
    surroundings: realSurroundings,
  });
  const { instanceId, apiDomain } = await grant.grant(undefined, signal);
  const settings: BrightpearlSettings = {
    ...config,
    instanceId: instanceId === 0 ? config.instanceId : instanceId,
    apiUrl: config.apiUrl !== '' || apiDomain === '' ? config.apiUrl : `https://${apiDomain}`,
  };
  if (settings.instanceId === 0) throw incomplete(['installed integration instance ID']);
  if (`${settings.apiUrl}${settings.dataCentre}` === '') throw incomplete(['data centre']);
  const tokens: TokenOf = {
    token: async (within) => (await grant.grant(undefined, within)).accessToken,
    renew: async (refused, within) => (await grant.grant(refused, within)).accessToken,
  };
  return { settings, tokens, grant };
}

async function sandboxAccess(config: BrightpearlSettings, signal: AbortSignal): Promise<Access> {
  const { baseUrl, account } = await sandboxEndpoint(SANDBOX, signal);
  const { appRef = '', accountToken = '', instanceId = '' } = account;
  const settings: BrightpearlSettings = {
    ...config,
    apiUrl: baseUrl,
    account: account['account'] ?? '',
    authKind: 'system',
    appRef,
    instanceId: Number(instanceId),
  };
  return { settings, tokens: fixedToken(accountToken) };
}

function requireLive(config: BrightpearlSettings, secrets: Secrets): void {
  const oauth = config.authKind === 'oauth';
  const needed: [string, string | undefined][] = [
    // An instance app is told where the account is, and which installation it is; see OAuthGrant.
    ['data centre', oauth ? 'known' : `${config.apiUrl}${config.dataCentre}`],
    ['account code', config.account],
    ['app reference', config.appRef],
    ['developer reference', oauth ? config.devRef : 'not needed'],
    [oauth ? 'refresh token' : 'token', secrets['token']],
    ['installed integration instance ID', oauth || config.instanceId > 0 ? 'known' : ''],
  ];
  const missing = needed.filter(([, value]) => value === undefined || value === '').map(([name]) => name);
  if (missing.length > 0) throw incomplete(missing);
}

function incomplete(missing: readonly string[]): LedgerError {
  return new LedgerError({
    code: 'config-invalid',
    class: 'config',
    message: `The Brightpearl account needs ${missing.join(', ')}; enter it in the account, or choose the sandbox`,
  });
}

function deployFirst(): LedgerError {
  return new LedgerError({
    code: 'deploy-first',
    class: 'config',
    message:
      'Deploy first: testing an instance app renews its access, and the new refresh token is kept by the deployed node',
  });
}

export default function register(RED: NodeRed): void {
  defineNode(RED, {
    type: BRIGHTPEARL_ACCOUNT,
    config: configSchema,
    credentials: { token: { type: 'password' }, clientSecret: { type: 'password' } },
    start,
  });
  serveConnectionTest(RED, BRIGHTPEARL_ACCOUNT, async (form, secrets, signal, id) => {
    const config = brightpearlSettingsSchema.parse(form);
    if (config.environment === 'live') requireLive(config, secrets);
    const deployed = livingBehaviour(id, BRIGHTPEARL_ACCOUNT) as BrightpearlAccount | undefined;
    if (config.environment === 'live' && config.authKind === 'oauth' && deployed) {
      return (await deployed.connector()).testConnection();
    }
    const http = createHttp({ allowPlainHttp: config.environment === 'sandbox' });
    try {
      const within = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
      const parts = { http, connectionId: 'test', store: null };
      const { settings, tokens } = await accessTo(config, secrets, parts, within);
      const connection = { settings, tokens, http, surroundings: realSurroundings, connectionId: 'test' };
      return await new BrightpearlConnector(connection).testConnection();
    } finally {
      http.close();
    }
  });
}
