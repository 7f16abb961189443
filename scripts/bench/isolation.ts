import { IDS, liveExample, type FlowNode } from './flows';
import { Helper, HELPER_CORE } from './helper';
import { BRANDS, type IsolationRun, type Latencies } from './isolation-process';
import { CLIENT_SECRET } from './payload';
import { BenchRed, RECEIVES } from './red';
import { figures, median, medianRatio, progress, quantile, spread, table } from './report';

const RETURNS = 400;
const PER_SECOND = 40;

/**
 * Figure 8 (R160): two brands share the In node and the store; the ERP of one of them takes every call and never
 * answers. What does the other brand feel of it?
 */
export async function isolation(rounds: number): Promise<string> {
  const p50 = { sound: [] as number[], stuck: [] as number[] };
  const p99 = { sound: [] as number[], stuck: [] as number[] };
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, hang] of [
      ['sound', false],
      ['stuck', true],
    ] as const) {
      progress(`isolation, round ${round} of ${rounds}, the other brand’s ERP is ${name}`);
      const latencies = await measure(hang);
      p50[name].push(quantile(latencies, 0.5));
      p99[name].push(quantile(latencies, 0.99));
    }
  }
  const rows = (['sound', 'stuck'] as const).map((name) => [
    `the other brand’s ERP is ${name}`,
    spread(p50[name]),
    spread(p99[name]),
  ]);
  const value = median(p99.stuck);
  const ratio = medianRatio(p99.stuck, p99.sound);
  const figure = {
    what: 'p99 of the other brand while one ERP hangs',
    value,
    unit: 'ms',
    baseline: { what: 'both ERPs sound', value: value / ratio },
    target: '≤ 1.10',
    met: ratio <= 1.1,
  };
  return (
    `8. One ERP hangs: ${RETURNS} returns of each of two brands at ${PER_SECOND}/s each, one In node, one store; ` +
    'milliseconds from the webhook to the return order of the brand whose ERP is sound\n\n' +
    `${table(['', 'p50 ms', 'p99 ms'], rows)}\n\n${figures([figure])}`
  );
}

async function measure(hang: boolean): Promise<Latencies> {
  const helper = Helper.start('isolation-process', HELPER_CORE);
  try {
    const urls = await helper.ask<{ measured: string; other: string }>('start', { orders: 2 * RETURNS });
    const red = await BenchRed.start({ flows: twoBrands(urls), ready: RECEIVES });
    try {
      const wish: IsolationRun = { port: red.port, returns: 40, perSecond: PER_SECOND, hang: false };
      // The first returns find caches empty and code cold.
      await helper.ask('run', wish);
      return await helper.ask<Latencies>('run', { ...wish, returns: RETURNS, hang });
    } finally {
      await red.end();
    }
  } finally {
    await helper.stop();
  }
}

/** Example 1 with a switch behind the In node, and a way of its own for each brand. */
function twoBrands(urls: { measured: string; other: string }): FlowNode[] {
  const nodes = liveExample(urls.measured, CLIENT_SECRET, { concurrency: 8 });
  const ofType = (type: string): FlowNode => {
    const found = nodes.find((node) => node.type === type);
    if (!found) throw new Error(`The example has no ${type}`);
    return found;
  };
  const connection = { ...ofType('d365-connection'), id: 'other-connection' };
  const create = { ...ofType('d365-create-return-order'), id: 'other-create', connection: connection.id };
  const validator = {
    ...ofType('returns-sku-validator'),
    id: 'other-validator',
    d365: connection.id,
    wires: [[create.id], []],
  };
  const brandSwitch: FlowNode = {
    id: 'brand-switch',
    type: 'switch',
    z: IDS.tab,
    name: 'brand',
    property: 'payload.brand',
    propertyType: 'msg',
    rules: [
      { t: 'eq', v: BRANDS.measured, vt: 'str' },
      { t: 'eq', v: BRANDS.other, vt: 'str' },
    ],
    checkall: 'false',
    repair: false,
    outputs: 2,
    wires: [[ofType('returns-sku-validator').id], [validator.id]],
  };
  const changed = nodes.map((node) => {
    if (node.type === 'happy-returns-in') return { ...node, wires: [[brandSwitch.id], []] };
    if (node.type === 'happy-returns-account') {
      return { ...node, retailers: `${BRANDS.measured}, ${BRANDS.other}` };
    }
    return node;
  });
  const other = { ...connection, environmentUrl: urls.other, authorityUrl: urls.other, timeoutSeconds: 5 };
  return [...changed, brandSwitch, other, validator, create];
}
