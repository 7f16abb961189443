import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BRIGHTPEARL_IDS, brightpearlFlow, type FlowNode } from '../brightpearl-flow';
import { ROOT } from '../node-red-process';
import { SECRET, WEBHOOK } from './payload';
import { storeNode } from './store-target';

export type { FlowNode } from '../brightpearl-flow';

export const IDS = {
  tab: 'rl01tab000000001',
  store: 'rl01store0000001',
  account: 'rl01account00001',
  connection: 'rl01d365conn0001',
  in: 'rl01hrin00000001',
} as const;

/** For the function nodes of the flows that the pack is compared with: what a consultant would enter there. */
export const CRYPTO_SETTING = `functionGlobalContext: { crypto: require('crypto') },`;

const HTTP_IN = {
  id: 'bench-http-in',
  type: 'http in',
  z: IDS.tab,
  url: WEBHOOK,
  method: 'post',
  upload: false,
  skipBodyParsing: true,
};
const HTTP_RESPONSE = { id: 'bench-response', type: 'http response', z: IDS.tab, statusCode: '', wires: [] };
const TAB = { id: IDS.tab, type: 'tab', label: 'bench' };

const CHECK = `const crypto = global.get('crypto');
const expected = crypto.createHmac('sha256', '${SECRET}').update(msg.payload).digest();
const given = Buffer.from(msg.req.headers['x-hr-signature'] || '', 'hex');
if (given.length !== expected.length || !crypto.timingSafeEqual(given, expected)) {
  msg.statusCode = 401;
  msg.payload = '';
  return [null, msg];
}
msg.payload = JSON.parse(msg.payload.toString());
msg.statusCode = 200;`;

/** What Node-RED does by itself: signature checked, body parsed, answered; nothing is kept. */
export function plainFlow(): FlowNode[] {
  const check = {
    id: 'bench-check',
    type: 'function',
    z: IDS.tab,
    func: `${CHECK}\nmsg.payload = '';\nreturn [msg, null];`,
    outputs: 2,
    wires: [[HTTP_RESPONSE.id], [HTTP_RESPONSE.id]],
  };
  return [TAB, { ...HTTP_IN, wires: [[check.id]] }, check, HTTP_RESPONSE];
}

/** What is built by hand: the ERP is called within the request, and nothing is kept. */
export function handMadeFlow(erpUrl: string): FlowNode[] {
  const check = {
    id: 'bench-check',
    type: 'function',
    z: IDS.tab,
    func: `${CHECK}
const item = msg.payload.items[0];
msg.headers = { 'content-type': 'application/json' };
msg.payload = { reference: item.happyReturnsExpressCode, order: item.orderNumber,
  lines: msg.payload.items.map((one) => ({ item: one.sku, quantity: -1, reason: one.returnReasonID })) };
return [msg, null];`,
    outputs: 2,
    wires: [['bench-post'], [HTTP_RESPONSE.id]],
  };
  const post = {
    id: 'bench-post',
    type: 'http request',
    z: IDS.tab,
    method: 'POST',
    ret: 'obj',
    url: erpUrl,
    persist: true,
    senderr: false,
    wires: [['bench-answer']],
  };
  const answer = {
    id: 'bench-answer',
    type: 'function',
    z: IDS.tab,
    func: `msg.statusCode = msg.statusCode === 201 ? 200 : 502;\nmsg.headers = {};\nmsg.payload = '';\nreturn msg;`,
    outputs: 1,
    wires: [[HTTP_RESPONSE.id]],
  };
  return [TAB, { ...HTTP_IN, wires: [[check.id]] }, check, post, answer, HTTP_RESPONSE];
}

/** The In node with nothing behind it. */
export function receivingFlow(store = storeNode(IDS.store)): FlowNode[] {
  return [
    TAB,
    store,
    account(),
    {
      id: IDS.in,
      type: 'happy-returns-in',
      z: IDS.tab,
      account: IDS.account,
      store: IDS.store,
      path: WEBHOOK,
      wires: [[], []],
    },
  ];
}

export interface LiveValues {
  concurrency: number;
  /** The store's node, where it is not the embedded one. */
  store?: FlowNode;
  /** The nightly batch takes the place of example 1, with so many returns in a batch and in its calls. */
  batchOf?: number;
}

/** Example 1, or the nightly batch, as it would go live: no sandbox, no buttons, no debug nodes, and the ERP at an address. */
export function liveExample(erpUrl: string, clientSecret: string, change: LiveValues): FlowNode[] {
  const name = change.batchOf === undefined ? 'happy-returns-to-d365' : 'nightly-batch';
  const text = readFileSync(join(ROOT, 'examples', `${name}.json`), 'utf8');
  const dropped = new Set(['debug', 'inject', 'comment', 'returns-sandbox']);
  const kept = (JSON.parse(text) as FlowNode[]).filter((node) => !dropped.has(node.type));
  const ids = new Set(kept.map((node) => node.id));
  return kept
    .map((node) => ({ ...node, ...liveValues(node, erpUrl, clientSecret, change), id: node.id }))
    .map((node: FlowNode) => ('wires' in node ? { ...node, wires: wiresWithin(node['wires'], ids) } : node));
}

/** What a measurement sets in the nodes of Brightpearl. */
export interface BrightpearlValues {
  account?: Readonly<Record<string, unknown>>;
  credit?: Readonly<Record<string, unknown>>;
}

/** Happy Returns to Brightpearl, with the In node's window as it is by default. */
export function liveBrightpearl(
  erpUrl: string,
  values: BrightpearlValues,
  store = storeNode(BRIGHTPEARL_IDS.store),
): FlowNode[] {
  return brightpearlFlow({ apiUrl: erpUrl, path: WEBHOOK, secret: SECRET, store, ...values });
}

function liveValues(
  { id, type }: FlowNode,
  erpUrl: string,
  clientSecret: string,
  { concurrency, store = storeNode(id), batchOf = 0 }: LiveValues,
): Record<string, unknown> {
  if (type === 'returns-batch-aggregator') return { mostMembers: batchOf };
  if (type === 'd365-create-return-order' && batchOf > 0) return { together: batchOf };
  if (type === 'happy-returns-account') return account();
  if (type === 'returns-store') return store;
  if (type !== 'd365-connection') return {};
  return {
    environment: 'live',
    environmentUrl: erpUrl,
    authorityUrl: erpUrl,
    tenant: 'bench-tenant',
    clientId: 'bench-client',
    settleSeconds: 5,
    concurrency,
    credentials: { clientSecret },
  };
}

function account(): FlowNode {
  return {
    id: IDS.account,
    type: 'happy-returns-account',
    name: '',
    environment: 'live',
    retailers: 'acme-shoes',
    credentials: { secret: SECRET },
  };
}

function wiresWithin(wires: unknown, ids: ReadonlySet<string>): string[][] {
  return (wires as string[][]).map((targets) => targets.filter((target) => ids.has(target)));
}
