/** A flow from Happy Returns to Brightpearl, as it would go live; for crash runs and measurements. */

export type FlowNode = Record<string, unknown> & { id: string; type: string };

/** The simulated account. It exists in the process of the harness only. */
export const BRIGHTPEARL_SECRETS = {
  account: 'rehearsal',
  appRef: 'rehearsal_returns',
  token: 'a-token-of-the-rehearsal',
  instanceId: 7,
} as const;

/** The status in which the simulated account keeps locked orders. */
export const LOCKED_STATUS = 'On hold: locked';

export const BRIGHTPEARL_IDS = {
  tab: 'rl02tab000000001',
  store: 'rl02store0000001',
  platform: 'rl02account00001',
  account: 'rl02bpaccount001',
  in: 'rl02hrin00000001',
  validator: 'rl02validator001',
  credit: 'rl02credit000001',
  router: 'rl02router000001',
  resume: 'rl02resume000001',
} as const;

/** Credit on scan: with the first event that says the goods were handed in. */
export const CREDIT_NODE = { creditOn: 'on-scan', orderPattern: 'AC-\\d+' } as const;

export interface BrightpearlFlowParts {
  /** Where the API is, without account. */
  apiUrl: string;
  /** Path of the In node, and the secret of its webhooks. */
  path: string;
  secret: string;
  /** What the nodes say besides. */
  store: Readonly<Record<string, unknown>>;
  account?: Readonly<Record<string, unknown>>;
  in?: Readonly<Record<string, unknown>>;
  credit?: Readonly<Record<string, unknown>>;
}

/** Happy Returns In, SKU Validator, Brightpearl Sales Credit, Exception Router, and a button that resumes everything. */
export function brightpearlFlow(parts: BrightpearlFlowParts): FlowNode[] {
  const ids = BRIGHTPEARL_IDS;
  const { account, appRef, token, instanceId } = BRIGHTPEARL_SECRETS;
  const z = ids.tab;
  const toRouter = [ids.router];
  return [
    { id: ids.tab, type: 'tab', label: 'Happy Returns to Brightpearl' },
    { name: '', ...parts.store, id: ids.store, type: 'returns-store' },
    {
      id: ids.platform,
      type: 'happy-returns-account',
      name: '',
      environment: 'live',
      retailers: 'acme-shoes',
      credentials: { secret: parts.secret },
    },
    {
      id: ids.account,
      type: 'brightpearl-account',
      name: '',
      environment: 'live',
      apiUrl: parts.apiUrl,
      account,
      authKind: 'system',
      appRef,
      instanceId,
      orderKeys: ['reference'],
      lockedStatuses: LOCKED_STATUS,
      store: ids.store,
      credentials: { token },
      ...parts.account,
    },
    {
      id: ids.in,
      type: 'happy-returns-in',
      z,
      account: ids.platform,
      store: ids.store,
      path: parts.path,
      ...parts.in,
      wires: [[ids.validator], toRouter],
    },
    {
      id: ids.validator,
      type: 'returns-sku-validator',
      z,
      erp: 'brightpearl',
      brightpearl: ids.account,
      wires: [[ids.credit], toRouter],
    },
    {
      id: ids.credit,
      type: 'brightpearl-sales-credit',
      z,
      account: ids.account,
      ...CREDIT_NODE,
      ...parts.credit,
      wires: [[], toRouter, []],
    },
    {
      id: ids.router,
      type: 'returns-exception-router',
      z,
      store: ids.store,
      owners: ['finance', 'warehouse', 'customer service', 'data', 'integration'],
      outputs: 7,
      wires: [[ids.validator], [], [], [], [], [], []],
    },
    {
      id: ids.resume,
      type: 'inject',
      z,
      name: 'Resume everything',
      props: [
        { p: 'command', v: 'resume', vt: 'str' },
        { p: 'payload', v: '{"all":true}', vt: 'json' },
      ],
      repeat: '',
      once: false,
      wires: [[ids.router]],
    },
  ];
}
