import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { FlowNode } from './batch-flow';
import { ROOT } from './node-red-process';

export const GATE_STORE = 'gate.store';
export const GATE_NODE = 'gate.hold';
const TAB = 'gate.tab';

/** A node for tests that records a credit as the node of an ERP does: files of the `nodes` folder of a user directory. */
export const CREDIT_NODE: Readonly<Record<string, string>> = {
  'test-credit.html': `<script type="text/javascript">RED.nodes.registerType('test-credit', { defaults: {} });</script>`,
  'test-credit.js': `module.exports = (RED) => {
  const { livingBehaviour } = require(${JSON.stringify(join(ROOT, 'dist/nodes/runtime/define-node.js'))});
  const { halfOf } = require(${JSON.stringify(join(ROOT, 'dist/nodes/runtime/pair-watch.js'))});
  RED.nodes.registerType('test-credit', function (config) {
    RED.nodes.createNode(this, config);
    this.on('input', (msg, send, done) => {
      const amount = { minor: -2500, currency: 'GBP' };
      const facts = { connectionId: 'books', document: 'C-' + msg.event.returnId, amount, withinHours: null };
      livingBehaviour(config.store, 'returns-store').open()
        .then((store) => store.recordHalf(halfOf(msg.event, 'credit', facts)))
        .then(() => { send(msg); done(); }, done);
    });
  });
};
`,
};

/**
 * A flow that holds returns at a gate, credits what is let through, and tells a server outside what comes out. A return is
 * sent by POST and answered when the gate is done with it: what was not answered is sent again, as a platform would.
 *
 * @param books address of {@link GateBooks}
 */
export function gateFlow(books: string, settings: Record<string, unknown>): FlowNode[] {
  const node = (type: string, id: string, wires: string[][], more: object = {}): FlowNode => ({
    id,
    type,
    z: TAB,
    name: '',
    x: 100,
    y: 100,
    wires,
    ...more,
  });
  const code = (id: string, func: string, wires: string[][]): FlowNode =>
    node('function', id, wires, {
      func,
      outputs: wires.length,
      timeout: 0,
      noerr: 0,
      initialize: '',
      finalize: '',
      libs: [],
    });
  const tell = (id: string, path: string, next: string[] = []): FlowNode[] => [
    code(
      `${id}.prepare`,
      `msg.url = ${JSON.stringify(books + path)};
msg.headers = {};
msg.event = msg.payload;
msg.payload = { delivery: msg.delivery.id, return: msg.payload.returnId, topic: msg.topic, code: msg.exception?.code ?? null };
return msg;`,
      [[id]],
    ),
    node('http request', id, [next], {
      method: 'POST',
      ret: 'txt',
      paytoqs: 'ignore',
      url: '',
      senderr: true,
    }),
  ];
  return [
    { id: TAB, type: 'tab', label: 'Gate' },
    { id: GATE_STORE, type: 'returns-store', name: '', file: '' },
    node('http in', 'gate.feed', [['gate.read']], { url: '/feed', method: 'post', upload: false }),
    code('gate.read', 'Object.assign(msg, msg.payload);\nmsg.fed = msg.command === undefined;\nreturn msg;', [
      [GATE_NODE],
    ]),
    node(
      'returns-gate',
      GATE_NODE,
      [['gate.return.prepare'], ['gate.late.prepare'], ['gate.no.prepare'], ['gate.sort']],
      {
        store: GATE_STORE,
        ...settings,
      },
    ),
    // It is credited once it was told outside, so that the order of both can be seen there.
    node('test-credit', 'gate.credit', [[]], { store: GATE_STORE }),
    code('gate.sort', "return msg.topic === 'refund.confirmed' ? [msg, null] : [null, msg];", [
      ['gate.refund.prepare'],
      ['gate.answer'],
    ]),
    ...tell('gate.return', '/return', ['gate.credit']),
    ...tell('gate.late', '/late'),
    ...tell('gate.no', '/rejected'),
    ...tell('gate.refund', '/refund'),
    node('complete', 'gate.done', [['gate.respond']], { scope: [GATE_NODE], uncaught: false }),
    node('catch', 'gate.failed', [['gate.fail']], { scope: [GATE_NODE], uncaught: false }),
    code('gate.respond', "if (!msg.fed) return null;\nmsg.payload = 'stored';\nreturn msg;", [
      ['gate.answer'],
    ]),
    code('gate.fail', 'msg.statusCode = 500;\nmsg.payload = msg.error.message;\nreturn msg;', [
      ['gate.answer'],
    ]),
    node('http response', 'gate.answer', [], { statusCode: '', headers: {} }),
  ];
}

export interface GateTold {
  path: string;
  delivery: string;
  return: string;
  topic: string;
  code: string | null;
}

/** A server that keeps what a flow tells, in the order in which it was told. */
export class GateBooks<Told extends { path: string } = GateTold> {
  readonly told: Told[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async open<Told extends { path: string } = GateTold>(): Promise<GateBooks<Told>> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const books = new GateBooks<Told>(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const told = JSON.parse(Buffer.concat(chunks).toString()) as object;
        books.told.push({ ...told, path: (incoming.url ?? '').slice(1) } as Told);
        response.end('booked');
      });
    });
    return books;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
