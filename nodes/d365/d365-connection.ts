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
import { BusinessCentralConnector } from './business-central/connector';
import type { D365Connector } from './documents';
import type { ConnectorParts } from './connector-parts';
import { FscmConnector } from './fscm/connector';
import { d365SettingsSchema, type D365Settings } from './settings';

export const D365_CONNECTION = 'd365-connection';
/** What the simulated products are called. */
const SANDBOX = { fscm: 'd365', bc: 'businessCentral' } as const;

const configSchema = d365SettingsSchema.extend({
  store: z.string().min(1, 'choose a returns store'),
});

type ConnectionConfig = z.infer<typeof configSchema>;

export interface D365Connection extends ErpConnection {
  /** Known before the connector is; without, only that tells it. */
  readonly product?: D365Connector['product'];
  connector(): Promise<D365Connector>;
}

function start(node: NodeContext<ConnectionConfig>): D365Connection {
  const { config, credentials } = node;
  if (config.environment === 'live') requireLive(config, credentials['clientSecret']);
  const http = createHttp({
    allowPlainHttp: config.environment === 'sandbox',
    maxSockets: config.product === 'bc' ? config.bcConcurrency : config.concurrency,
  });
  let connecting: { to: string | undefined; connector: Promise<D365Connector> } | undefined;
  const connect = async (): Promise<D365Connector> => {
    const { settings, clientSecret } = await resolve(config, credentials['clientSecret'], node.signal);
    return connectorFor({
      settings,
      clientSecret,
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
    product: config.product,
    connector: () => {
      // The sandbox has another address and other secrets each time it starts.
      const to =
        config.environment === 'sandbox'
          ? sandboxNow(SANDBOX[config.product])?.baseUrl
          : config.environmentUrl;
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

function connectorFor(parts: ConnectorParts): D365Connector {
  return parts.settings.product === 'bc' ? new BusinessCentralConnector(parts) : new FscmConnector(parts);
}

/** The settings as they are used: for the sandbox its own address and account take the place of the typed ones. */
async function resolve(
  config: D365Settings,
  clientSecret: string | undefined,
  signal: AbortSignal,
): Promise<{ settings: D365Settings; clientSecret: string }> {
  if (config.environment === 'live') {
    // Business Central has one address for all; what stands there is of the other product.
    const settings = config.product === 'bc' ? { ...config, environmentUrl: '' } : config;
    return { settings, clientSecret: clientSecret ?? '' };
  }
  const { baseUrl, account } = await sandboxEndpoint(SANDBOX[config.product], signal);
  const { tenant = '', clientId = '', clientSecret: drawn = '', company = config.company } = account;
  const bcEnvironment = account['environment'] ?? config.bcEnvironment;
  const here = { environmentUrl: baseUrl, authorityUrl: baseUrl, bcEnvironment };
  const settings = { ...config, ...here, tenant, clientId, company };
  return { settings, clientSecret: drawn };
}

function requireLive(config: D365Settings, clientSecret: string | undefined): void {
  const needed: [string, string | undefined][] = [
    ...(config.product === 'bc' ? [] : [['environment address', config.environmentUrl] as [string, string]]),
    ['tenant', config.tenant],
    ['client ID', config.clientId],
    ['client secret', clientSecret],
  ];
  const missing = needed.filter(([, value]) => value === undefined || value === '').map(([name]) => name);
  if (missing.length > 0) {
    throw new LedgerError({
      code: 'config-invalid',
      class: 'config',
      message: `The D365 connection needs ${missing.join(', ')}; enter it in the connection, or choose the sandbox`,
    });
  }
}

export default function register(RED: NodeRed): void {
  defineNode(RED, {
    type: D365_CONNECTION,
    config: configSchema,
    credentials: { clientSecret: { type: 'password' } },
    start,
  });
  serveConnectionTest(RED, D365_CONNECTION, async (form, secrets, signal) => {
    const config = d365SettingsSchema.parse(form);
    const secret = secrets['clientSecret'];
    if (config.environment === 'live') requireLive(config, secret);
    const http = createHttp({ allowPlainHttp: config.environment === 'sandbox' });
    try {
      const { settings, clientSecret } = await resolve(
        config,
        secret,
        AbortSignal.any([signal, AbortSignal.timeout(30_000)]),
      );
      const parts = { settings, clientSecret, http, surroundings: realSurroundings, connectionId: 'test' };
      return await connectorFor(parts).testConnection(signal);
    } finally {
      http.close();
    }
  });
}
