import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { prepareIntake } from '../../nodes/happy-returns/intake';
import { PLATFORM } from '../../nodes/happy-returns/canonical';
import { signatureKeys, verifySignature } from '../../nodes/happy-returns/signature';
import { createVocabulary } from '../../nodes/happy-returns/vocabulary';
import type { ReturnsStore } from '../../nodes/store/store';
import { help } from './helper';
import { SECRET } from './payload';
import { openStore, type StoreTarget } from './store-target';

/** The same work as the In node's – verify, read, store before the answer – in nothing but a server of Node.js. */
let server: Server | undefined;
let store: ReturnsStore | undefined;

const keys = signatureKeys([SECRET]);
const scheme = { algorithm: 'sha256', encoding: 'hex', prefix: '' } as const;
const vocabulary = createVocabulary([]);
const retailers = new Set(['acme-shoes']);

async function receive(
  open: ReturnsStore,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  if (!verifySignature(raw, request.headers['x-hr-signature'], keys, scheme)) {
    response.writeHead(401).end();
    return;
  }
  const { intake } = await prepareIntake(raw, true, new Date().toISOString(), {
    source: 'bare',
    vocabulary,
    retailers,
    personToken: (identity) => open.personToken(identity),
    knownOrders: async (brand, id) =>
      (await open.returnsById(PLATFORM, brand, id)).map((known) => known.orderNumber),
  });
  await open.accept(intake);
  response.writeHead(200).end();
}

help({
  start: async (target: StoreTarget) => {
    const open = (store = await openStore(target));
    server = createServer((request, response) => {
      receive(open, request, response).catch(() => response.writeHead(500).end());
    });
    const listening = server;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    return (listening.address() as AddressInfo).port;
  },
  close: async () => {
    server?.closeAllConnections();
    await store?.close();
  },
});
