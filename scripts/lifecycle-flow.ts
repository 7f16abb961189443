import { join } from 'node:path';
import { ROOT } from './node-red-process';

/** The whole way of a return into Dynamics 365, as it would go live; for crash runs. */

export type FlowNode = Record<string, unknown> & { id: string; type: string };

/** A disposition of the platform, and what it is in Dynamics 365. */
export const DISPOSITION = { disposition: 'resellable', code: 'CREDIT', warehouse: 'MAIN', location: 'BULK' };
export const RETURN_WAREHOUSE = 'RETQC';
export const ARRIVAL_JOURNAL = 'RETARR';
export const REFUND_JOURNAL = 'RETREFUND';
export const ORDER_PATTERN = 'AC-\\d+';

/** Type of the node that tells a connection set to *Sandbox* of a simulated ERP in another process. */
const OUTSIDE = 'crash-outside-erp';

/** Business Central has one address for all, so that a simulated one is reached as the Sandbox node's is. */
export const OUTSIDE_NODE: Readonly<Record<string, string>> = {
  [`${OUTSIDE}.html`]: `<script type="text/javascript">RED.nodes.registerType('${OUTSIDE}', { defaults: {} });</script>`,
  [`${OUTSIDE}.js`]: `module.exports = (RED) => {
  const { offerSandbox } = require(${JSON.stringify(join(ROOT, 'dist/nodes/runtime/sandbox-link.js'))});
  RED.nodes.registerType('${OUTSIDE}', function (config) {
    RED.nodes.createNode(this, config);
    offerSandbox(config.id, config.vendor, { baseUrl: config.baseUrl, account: config.account });
  });
};
`,
};

/** An exchange is for the same item: Happy Returns names no replacement. */
const SAME_ITEM = `for (const line of msg.payload.lines) {
  if (/exchange/i.test(line.outcome ?? '')) line.replacementSku = line.sku;
}
return msg;`;

export interface LifecycleFlowParts {
  /** Tells the nodes of several such flows apart: letters and digits, at most six. */
  name: string;
  path: string;
  secret: string;
  store: Readonly<Record<string, unknown>>;
  connection: Readonly<Record<string, unknown>>;
  /** Whether the flow books refunds. */
  refunds: boolean;
  /** A simulated ERP that a connection set to *Sandbox* finds. */
  outside?: { vendor: string; baseUrl: string; account: Readonly<Record<string, string>> };
}

/** Ids of a flow's nodes. */
export function lifecycleIds(name: string): Record<LifecycleNode, string> {
  return Object.fromEntries(NODES.map((node) => [node, `${name}.${node}`])) as Record<LifecycleNode, string>;
}

const NODES = [
  'tab',
  'store',
  'platform',
  'connection',
  'outside',
  'in',
  'exchange',
  'validator',
  'order',
  'arrival',
  'credit',
  'replacement',
  'router',
  'resume',
] as const;
type LifecycleNode = (typeof NODES)[number];

/**
 * Happy Returns In, SKU Validator, D365 Create Return Order, Item Arrival, Credit Note, Exchange Order, Exception Router,
 * and a button that resumes everything.
 */
export function lifecycleFlow(parts: LifecycleFlowParts): FlowNode[] {
  const ids = lifecycleIds(parts.name);
  const node = (id: LifecycleNode, type: string, more: object, wires?: string[][]): FlowNode => ({
    id: ids[id],
    type,
    ...(wires ? { z: ids.tab, wires } : {}),
    name: '',
    ...more,
  });
  const toRouter = [ids.router];
  const post = (
    id: LifecycleNode,
    type: string,
    next: LifecycleNode | null,
    more: object,
    others: string[][] = [],
  ): FlowNode =>
    node(id, type, { connection: ids.connection, mappings: '', ...more }, [
      next ? [ids[next]] : [],
      toRouter,
      ...others,
    ]);
  return [
    { id: ids.tab, type: 'tab', label: parts.name },
    { name: '', ...parts.store, id: ids.store, type: 'returns-store' },
    node('platform', 'happy-returns-account', {
      environment: 'live',
      retailers: 'acme-shoes',
      credentials: { secret: parts.secret },
    }),
    node('connection', 'd365-connection', { ...parts.connection, store: ids.store }),
    ...(parts.outside ? [node('outside', OUTSIDE, parts.outside, [])] : []),
    node(
      'in',
      'happy-returns-in',
      { account: ids.platform, store: ids.store, path: parts.path, window: 500 },
      [[ids.exchange], toRouter],
    ),
    node('exchange', 'function', { func: SAME_ITEM, outputs: 1, libs: [] }, [[ids.validator]]),
    node('validator', 'returns-sku-validator', { erp: 'd365', d365: ids.connection }, [
      [ids.order],
      toRouter,
    ]),
    post('order', 'd365-create-return-order', 'arrival', {
      warehouse: RETURN_WAREHOUSE,
      orderPattern: ORDER_PATTERN,
    }),
    post('arrival', 'd365-item-arrival', 'credit', {
      when: 'return.accepted',
      warehouse: RETURN_WAREHOUSE,
      journalName: ARRIVAL_JOURNAL,
      dispositions: [DISPOSITION],
    }),
    post(
      'credit',
      'd365-credit-note',
      'replacement',
      {
        creditOn: 'on-accepted',
        orderPattern: ORDER_PATTERN,
        toleranceMinor: 0,
        ...(parts.refunds ? { refund: 'journal', journalName: REFUND_JOURNAL } : {}),
      },
      [[]],
    ),
    post('replacement', 'd365-exchange-order', null, { when: 'on-accepted', after: 'credit' }),
    node(
      'router',
      'returns-exception-router',
      {
        store: ids.store,
        owners: ['finance', 'warehouse', 'customer service', 'data', 'integration'],
        outputs: 7,
      },
      [[ids.exchange], [], [], [], [], [], []],
    ),
    node(
      'resume',
      'inject',
      {
        name: 'Resume everything',
        props: [
          { p: 'command', v: 'resume', vt: 'str' },
          { p: 'payload', v: '{"all":true}', vt: 'json' },
        ],
        repeat: '',
        once: false,
      },
      [[ids.router]],
    ),
  ];
}
