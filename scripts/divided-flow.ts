import { join } from 'node:path';
import type { FlowNode } from './batch-flow';
import { ROOT } from './node-red-process';

export const DIVIDED_STORE = 'divided.store';
const TAB = 'divided.tab';
const CHECK = 'divided.check';

/**
 * An ERP connection for tests, of which every second answer about an item whose SKU begins with `FLAKY` says that it is
 * unknown: files of the `nodes` folder of a user directory.
 */
export const FLAKY_ERP: Readonly<Record<string, string>> = {
  'test-erp.html': `<script type="text/javascript">RED.nodes.registerType('test-erp', { category: 'config', defaults: {} });</script>`,
  'test-erp.js': `module.exports = (RED) => {
  const { defineNode, livingBehaviour } = require(${JSON.stringify(join(ROOT, 'dist/nodes/runtime/define-node.js'))});
  const { z } = require(${JSON.stringify(join(ROOT, 'node_modules/zod'))});
  const item = (sku) => {
    const state = sku.startsWith('FLAKY') && Math.random() < 0.5 ? 'unknown' : 'active';
    return { sku, state, itemNumber: sku, name: null, unit: null, reason: null, readAt: new Date().toISOString() };
  };
  const connector = (id) => ({
    system: 'test', label: 'Test ERP', connectionId: id, waitLimits: {},
    findItems: async (skus) => new Map(skus.map((sku) => [sku, item(sku)])),
    findCandidates: async () => [],
    findPostings: async () => [],
  });
  defineNode(RED, {
    type: 'test-erp',
    config: z.looseObject({ store: z.string() }),
    start: (node) => {
      const erp = connector(node.id);
      return {
        connector: async () => erp,
        store: () => livingBehaviour(node.config.store, 'returns-store').open(),
      };
    },
  });
};
`,
};

/**
 * A flow that lets the lines of returns go on that pass, and tells a server outside what comes out. A return is sent by POST
 * and answered when it was told: what was not answered is sent again, as a platform would.
 *
 * @param books address of the server
 */
export function dividedFlow(books: string): FlowNode[] {
  const node = (type: string, id: string, wires: string[][], more: object = {}): FlowNode => ({
    ...{ id, type, z: TAB, name: '', x: 100, y: 100, wires },
    ...more,
  });
  const code = (id: string, func: string, wires: string[][]): FlowNode =>
    node('function', id, wires, { func, outputs: wires.length, timeout: 0, noerr: 0, libs: [] });
  const tell = (id: string, path: string): FlowNode[] => [
    code(
      `${id}.prepare`,
      `const { id, returnId, part, lines } = msg.payload;
msg.url = ${JSON.stringify(books + path)};
msg.headers = {};
msg.payload = { event: id, return: returnId, part: part ?? 1, lines: lines.map((line) => line.id) };
return msg;`,
      [[id]],
    ),
    node('http request', id, [[]], { method: 'POST', ret: 'txt', paytoqs: 'ignore', url: '', senderr: true }),
  ];
  return [
    { id: TAB, type: 'tab', label: 'Divided returns' },
    { id: DIVIDED_STORE, type: 'returns-store', name: '', file: '' },
    { id: 'divided.erp', type: 'test-erp', store: DIVIDED_STORE },
    node('http in', 'divided.feed', [['divided.read']], { url: '/feed', method: 'post', upload: false }),
    code('divided.read', 'Object.assign(msg, msg.payload);\nmsg.fed = true;\nreturn msg;', [[CHECK]]),
    node('returns-sku-validator', CHECK, [['divided.passed.prepare'], ['divided.held.prepare'], []], {
      erp: 'd365',
      d365: 'divided.erp',
      checks: ['item'],
      // Each event asks anew, so that what is found differs from one to the next.
      maxAgeMinutes: 0,
      divide: true,
    }),
    ...tell('divided.passed', '/passed'),
    ...tell('divided.held', '/held'),
    // Nothing but the check is durable here, so an event is answered once it was told, as an In node would settle it.
    node('complete', 'divided.done', [['divided.respond']], {
      scope: ['divided.passed', 'divided.held'],
      uncaught: false,
    }),
    node('catch', 'divided.failed', [['divided.fail']], { scope: [CHECK], uncaught: false }),
    code('divided.respond', "if (!msg.fed) return null;\nmsg.payload = 'stored';\nreturn msg;", [
      ['divided.answer'],
    ]),
    code('divided.fail', 'msg.statusCode = 500;\nmsg.payload = msg.error.message;\nreturn msg;', [
      ['divided.answer'],
    ]),
    node('http response', 'divided.answer', [], { statusCode: '', headers: {} }),
  ];
}

/** What the flow told: lines of an event that went on, or were held, with the part that they are of. */
export interface DividedTold {
  path: string;
  event: string;
  return: string;
  part: number;
  lines: string[];
}
