import { z } from 'zod';
import { LedgerError } from '../returns/failure';
import { instantOf } from '../returns/time';
import { serveConnectionTest } from '../runtime/connection-test';
import { defineNode, type NodeContext } from '../runtime/define-node';
import type { ErpConnection } from '../runtime/erp-connection';
import { createHttp } from '../runtime/http';
import type { NodeRed } from '../runtime/node-red';
import { realSurroundings } from '../runtime/retry';
import { storeOf } from '../runtime/returns-store';
import { sandboxEndpoint, sandboxNow } from '../runtime/sandbox-link';
import { BrightpearlConnector } from './connector';
import { brightpearlSettingsSchema, type BrightpearlSettings } from './settings';

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
  if (config.environment === 'live') requireLive(config, credentials['token']);
  const http = createHttp({
    allowPlainHttp: config.environment === 'sandbox',
    maxSockets: config.concurrency,
  });
  let connecting: { to: string | undefined; connector: Promise<BrightpearlConnector> } | undefined;
  const connect = async (): Promise<BrightpearlConnector> => {
    const { settings, token } = await resolve(config, credentials['token'], node.signal);
    return new BrightpearlConnector({
      settings,
      token,
      http,
      surroundings: realSurroundings,
      connectionId: node.id,
      onRecovered: () =>
        node.background(async () => {
          const store = await storeOf(node, config.store);
          await store.hastenDeliveries(node.id, instantOf(realSurroundings.clock));
        }),
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
    close: () => http.close(),
  };
}

/** The settings as they are used: for the sandbox its own address and account take the place of the typed ones. */
async function resolve(
  config: BrightpearlSettings,
  token: string | undefined,
  signal: AbortSignal,
): Promise<{ settings: BrightpearlSettings; token: string }> {
  if (config.environment === 'live') return { settings: config, token: token ?? '' };
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
  return { settings, token: accountToken };
}

function requireLive(config: BrightpearlSettings, token: string | undefined): void {
  const needed: [string, string | undefined][] = [
    ['data centre', config.apiUrl === '' ? config.dataCentre : config.apiUrl],
    ['account code', config.account],
    ['app reference', config.appRef],
    ['token', token],
    ['installed integration instance ID', config.instanceId === 0 ? '' : String(config.instanceId)],
  ];
  const missing = needed.filter(([, value]) => value === undefined || value === '').map(([name]) => name);
  if (missing.length > 0) {
    throw new LedgerError({
      code: 'config-invalid',
      class: 'config',
      message: `The Brightpearl account needs ${missing.join(', ')}; enter it in the account, or choose the sandbox`,
    });
  }
}

export default function register(RED: NodeRed): void {
  defineNode(RED, {
    type: BRIGHTPEARL_ACCOUNT,
    config: configSchema,
    credentials: { token: { type: 'password' } },
    start,
  });
  serveConnectionTest(RED, BRIGHTPEARL_ACCOUNT, async (form, secrets, signal) => {
    const config = brightpearlSettingsSchema.parse(form);
    const secret = secrets['token'];
    if (config.environment === 'live') requireLive(config, secret);
    const http = createHttp({ allowPlainHttp: config.environment === 'sandbox' });
    try {
      const within = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
      const { settings, token } = await resolve(config, secret, within);
      const parts = { settings, token, http, surroundings: realSurroundings, connectionId: 'test' };
      return await new BrightpearlConnector(parts).testConnection();
    } finally {
      http.close();
    }
  });
}
