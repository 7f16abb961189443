import { createHttp } from '../runtime/http';
import { serveConnectionTest } from '../runtime/connection-test';
import { defineNode, type NodeContext } from '../runtime/define-node';
import type { NodeRed } from '../runtime/node-red';
import { rememberSecret } from '../runtime/redact';
import { sandboxEndpoint, sandboxNow } from '../runtime/sandbox-link';
import {
  accountSchema,
  HAPPY_RETURNS_ACCOUNT,
  secretMissing,
  testAccount,
  type AccountConfig,
  type HappyReturnsAccount,
} from './account';
import { PLATFORM } from './canonical';
import { signatureKeys, verifySignature } from './signature';
import { createVocabulary } from './vocabulary';

function start(node: NodeContext<AccountConfig>): HappyReturnsAccount {
  const { config, credentials } = node;
  const sandbox = config.environment === 'sandbox';
  const scheme = { algorithm: config.algorithm, encoding: config.encoding, prefix: config.prefix };
  const stored = signatureKeys([credentials['secret'], credentials['secondSecret']]);
  if (!sandbox && stored.length === 0) node.fail(secretMissing());

  // The sandbox draws its secret at each start, so it is looked up when a webhook comes.
  let drawn: { secret: string; keys: ReturnType<typeof signatureKeys> } | undefined;
  const sandboxKeys = (): ReturnType<typeof signatureKeys> => {
    const secret = sandboxNow(PLATFORM)?.account['webhookSecret'];
    if (secret === undefined) return [];
    if (drawn?.secret !== secret) drawn = { secret, keys: signatureKeys([secret]) };
    return drawn.keys;
  };
  const keys = (): ReturnType<typeof signatureKeys> => (sandbox ? sandboxKeys() : stored);

  return {
    sandbox,
    retailers: new Set(config.retailers),
    vocabulary: createVocabulary(config.vocabulary),
    scheme,
    hasSecret: () => keys().length > 0,
    verify: (body, header) => verifySignature(body, header, keys(), scheme),
  };
}

export default function register(RED: NodeRed): void {
  defineNode(RED, {
    type: HAPPY_RETURNS_ACCOUNT,
    config: accountSchema,
    credentials: {
      secret: { type: 'password' },
      secondSecret: { type: 'password' },
      apiKey: { type: 'password' },
    },
    start,
  });
  serveConnectionTest(RED, HAPPY_RETURNS_ACCOUNT, async (settings, secrets, signal) => {
    const config = accountSchema.parse(settings);
    if (config.environment === 'sandbox') {
      const endpoint = await sandboxEndpoint(PLATFORM, signal, 500);
      const http = createHttp({ allowPlainHttp: true });
      return testAccount(http, endpoint.baseUrl, endpoint.account['apiKey'], true, signal).finally(() =>
        http.close(),
      );
    }
    rememberSecret(secrets['apiKey']);
    const http = createHttp();
    const hasSecret = (secrets['secret'] ?? '') !== '' || (secrets['secondSecret'] ?? '') !== '';
    return testAccount(http, config.apiUrl, secrets['apiKey'], hasSecret, signal).finally(() => http.close());
  });
}
