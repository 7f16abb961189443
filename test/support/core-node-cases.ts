import type { FlowNode } from './rehearsal';

/** A flow behind a Happy Returns In node of its own, with a store of its own. */
export interface Way {
  name: string;
  /** The first one is wired to the In node, unless `first` names others. */
  nodes: FlowNode[];
  first?: string[];
}

export interface Case extends Way {
  title: string;
  /** Where the flow waits for the test, in this order. */
  held: string[];
}

export const TAB = 'core-nodes';
export const storeOf = (name: string): string => `${name}-store`;
export const pathOf = (name: string): string => `/in/${name}`;

/** What the test gives to function nodes: `await gate(name, msg)` waits there until the test lets it go on. */
export function gateSetting(url: string): string {
  return `functionGlobalContext: {
    gates: ${JSON.stringify(url)},
    gate: (name, msg) => fetch(${JSON.stringify(url)} + '/' + name + '?attempt=' + msg.delivery.attempt),
  },`;
}

type Wires = string[][];

const node = (type: string, id: string, wires: Wires, more: object = {}): FlowNode => ({
  id,
  type,
  z: TAB,
  name: '',
  // Node-RED takes a node without a place on the canvas for a configuration node.
  x: 0,
  y: 0,
  wires,
  ...more,
});

const code = (id: string, func: string, wires: Wires = [], more: object = {}): FlowNode =>
  node('function', id, wires, {
    func: `const gate = global.get('gate');\n${func}`,
    outputs: wires.length,
    initialize: '',
    finalize: '',
    libs: [],
    timeout: 0,
    ...more,
  });

/** A function node that waits at the gate of its own id, then passes the message on. */
const wait = (id: string, wires: Wires = [], more: object = {}): FlowNode =>
  code(id, `await gate('${id}', msg);\nreturn msg;`, wires, more);

const change = (id: string, rules: object[], wires: Wires): FlowNode => node('change', id, wires, { rules });

const onlyTopic = (id: string, topic: string, wires: Wires): FlowNode =>
  node('switch', id, wires, {
    property: 'topic',
    propertyType: 'msg',
    rules: [{ t: 'eq', v: topic, vt: 'str' }],
    checkall: 'true',
    repair: false,
    outputs: 1,
  });

const SUBFLOW: FlowNode[] = [
  {
    id: 'subflow-kind',
    type: 'subflow',
    name: 'waits within',
    in: [{ x: 0, y: 0, wires: [{ id: 'subflow.within' }] }],
    out: [{ x: 0, y: 0, wires: [{ id: 'subflow.within', port: 0 }] }],
  },
  wait('subflow.within', [[]], { z: 'subflow-kind' }),
];

/** Here the delivery is settled when the flow is done, and not before. */
export const CASES: Case[] = [
  {
    name: 'fan-out',
    title: 'two wires, one fast and one slow',
    first: ['fan-out.fast', 'fan-out.slow'],
    nodes: [code('fan-out.fast', ''), wait('fan-out.slow')],
    held: ['fan-out.slow'],
  },
  {
    name: 'switch',
    title: 'switch that lets the message pass',
    nodes: [onlyTopic('switch.pass', 'return.started', [['switch.after']]), wait('switch.after')],
    held: ['switch.after'],
  },
  {
    name: 'switch-drop',
    title: 'switch that drops the message',
    nodes: [
      onlyTopic('switch-drop.drop', 'no such topic', [['switch-drop.after']]),
      wait('switch-drop.after'),
    ],
    held: [],
  },
  {
    name: 'change',
    title: 'change',
    nodes: [
      change('change.set', [{ t: 'set', p: 'payload', pt: 'msg', to: 'x', tot: 'str' }], [['change.after']]),
      wait('change.after'),
    ],
    held: ['change.after'],
  },
  {
    name: 'change-delete',
    title: 'change that takes the delivery off the message: what comes after it is not followed',
    nodes: [change('change-delete.delete', [{ t: 'delete', p: 'delivery', pt: 'msg' }], [[]])],
    held: [],
  },
  {
    name: 'function',
    title: 'function that returns the message',
    nodes: [code('function.sync', 'return msg;', [['function.after']]), wait('function.after')],
    held: ['function.after'],
  },
  {
    name: 'async-return',
    title: 'asynchronous function that returns the message',
    nodes: [wait('async-return.within', [['async-return.after']]), wait('async-return.after')],
    held: ['async-return.within', 'async-return.after'],
  },
  {
    name: 'async-send',
    title: 'asynchronous function that waits, then calls node.send',
    nodes: [
      code('async-send.within', "await gate('async-send.within', msg);\nnode.send(msg);", [
        ['async-send.after'],
      ]),
      wait('async-send.after'),
    ],
    held: ['async-send.within', 'async-send.after'],
  },
  {
    name: 'send-done',
    title: 'function that calls node.send and node.done later',
    nodes: [
      code(
        'send-done.within',
        "gate('send-done.within', msg).then(() => { node.send(msg); node.done(); });",
        [['send-done.after']],
      ),
      wait('send-done.after'),
    ],
    held: ['send-done.within', 'send-done.after'],
  },
  {
    name: 'done-twice',
    title: 'function that calls node.done twice',
    nodes: [
      code('done-twice.within', 'node.send(msg); node.done(); node.done();', [['done-twice.after']]),
      wait('done-twice.after'),
    ],
    held: ['done-twice.after'],
  },
  {
    name: 'http',
    title: 'http request, its pending answer and what comes after it',
    nodes: [
      code(
        'http.address',
        "msg.url = global.get('gates') + '/http.request?attempt=' + msg.delivery.attempt;\nreturn msg;",
        [['http.node']],
      ),
      node('http request', 'http.node', [['http.after']], { method: 'GET', ret: 'txt', url: '' }),
      wait('http.after'),
    ],
    held: ['http.request', 'http.after'],
  },
  {
    name: 'link',
    title: 'link out to link in',
    nodes: [
      node('link out', 'link.out', [], { mode: 'link', links: ['link.in'] }),
      node('link in', 'link.in', [['link.after']], { links: ['link.out'] }),
      wait('link.after'),
    ],
    held: ['link.after'],
  },
  {
    name: 'link-call',
    title: 'link call, its callee and what comes after it',
    nodes: [
      node('link call', 'link-call.call', [['link-call.after']], {
        links: ['link-call.in'],
        linkType: 'static',
        timeout: '600',
      }),
      wait('link-call.after'),
      node('link in', 'link-call.in', [['link-call.callee']], { links: [] }),
      wait('link-call.callee', [['link-call.return']]),
      node('link out', 'link-call.return', [], { mode: 'return', links: [] }),
    ],
    held: ['link-call.callee', 'link-call.after'],
  },
  {
    name: 'subflow',
    title: 'subflow and what comes after it',
    nodes: [node('subflow:subflow-kind', 'subflow.instance', [['subflow.after']]), wait('subflow.after')],
    held: ['subflow.within', 'subflow.after'],
  },
  {
    name: 'complete',
    title: 'what a complete node sets off',
    nodes: [
      code('complete.first', 'return null;'),
      node('complete', 'complete.complete', [['complete.after']], { scope: ['complete.first'] }),
      wait('complete.after'),
    ],
    held: ['complete.after'],
  },
  {
    name: 'reported',
    title: 'catch of an error that a node reported, without completing the message with it',
    nodes: [
      code('reported.first', "node.error('reported on purpose', msg);\nreturn null;"),
      node('catch', 'reported.catch', [['reported.after']], { scope: ['reported.first'], uncaught: false }),
      wait('reported.after'),
    ],
    held: ['reported.after'],
  },
  {
    name: 'split-join',
    title: 'split and join',
    nodes: [
      change(
        'split-join.set',
        [{ t: 'set', p: 'payload', pt: 'msg', to: '[1,2,3]', tot: 'json' }],
        [['split-join.split']],
      ),
      node('split', 'split-join.split', [['split-join.join']], {
        splt: '\\n',
        spltType: 'str',
        arraySplt: 1,
        arraySpltType: 'len',
        property: 'payload',
      }),
      node('join', 'split-join.join', [['split-join.after']], { mode: 'auto' }),
      wait('split-join.after'),
    ],
    held: ['split-join.after'],
  },
  {
    name: 'legacy',
    title: 'node without done that passes the message on at once',
    nodes: [node('legacy-at-once', 'legacy.node', [['legacy.after']]), wait('legacy.after')],
    held: ['legacy.after'],
  },
];

/** The button of the delay case: lets go what the delay node holds. */
export const FLUSH = 'delay.flush';

/** Ways with a test of their own. */
export const FURTHER_WAYS: Way[] = [
  {
    name: 'delay',
    // The node beside tells the test that the delay node has got the message as well.
    first: ['delay.delay', 'delay.beside'],
    nodes: [
      node('delay', 'delay.delay', [['delay.after']], {
        pauseType: 'delay',
        timeout: '10',
        timeoutUnits: 'minutes',
        rate: '1',
        nbRateUnits: '1',
      }),
      wait('delay.beside'),
      wait('delay.after'),
      node('inject', FLUSH, [['delay.delay']], { props: [{ p: 'flush', v: 'true', vt: 'bool' }] }),
    ],
  },
  {
    name: 'thrown',
    nodes: [
      code(
        'thrown.first',
        "if (msg.delivery.attempt === 1) throw new Error('thrown on purpose');\nreturn msg;",
        [['thrown.after']],
      ),
      wait('thrown.after'),
      node('catch', 'thrown.catch', [['thrown.caught']], { scope: ['thrown.first'], uncaught: false }),
      wait('thrown.caught'),
    ],
  },
  {
    name: 'never',
    nodes: [code('never.node', "gate('never.node', msg);\nif (msg.topic === 'no such topic') node.done();")],
  },
  {
    name: 'later',
    nodes: [node('legacy-later', 'later.node', [['later.after']]), wait('later.after')],
  },
  {
    name: 'taken',
    nodes: [
      code(
        'taken.first',
        "await gate('taken.first', msg);\nnode.send(msg);\nawait gate('taken.sent', msg);",
        [['taken.slow']],
      ),
      node('slow-to-close', 'taken.slow', [['taken.after']]),
      wait('taken.after'),
    ],
  },
];

/**
 * Two node types as they were written before Node-RED 1.0: their input handlers know nothing of `done`. And one that
 * closes when the test lets it.
 */
export const LEGACY_NODES: Record<string, string> = {
  'legacy.html': `<script type="text/javascript">
    RED.nodes.registerType('legacy-at-once', { category: 'test', defaults: {}, inputs: 1, outputs: 1 });
    RED.nodes.registerType('legacy-later', { category: 'test', defaults: {}, inputs: 1, outputs: 1 });
    RED.nodes.registerType('slow-to-close', { category: 'test', defaults: {}, inputs: 1, outputs: 1 });
  </script>`,
  'legacy.js': `module.exports = function (RED) {
    RED.nodes.registerType('legacy-at-once', function (config) {
      RED.nodes.createNode(this, config);
      this.on('input', function (msg) { this.send(msg); });
    });
    RED.nodes.registerType('legacy-later', function (config) {
      RED.nodes.createNode(this, config);
      const { gate } = RED.settings.functionGlobalContext;
      this.on('input', function (msg) { gate('later.within', msg).then(() => this.send(msg)); });
    });
    RED.nodes.registerType('slow-to-close', function (config) {
      RED.nodes.createNode(this, config);
      const { gate } = RED.settings.functionGlobalContext;
      this.on('input', function (msg, send, done) { send(msg); done(); });
      this.on('close', function (done) {
        gate('taken.closing', { delivery: { attempt: 0 } }).then(() => done());
      });
    });
  };`,
};

/** One flow with all of these, on one account. */
export function flowOf(ways: readonly Way[], account: FlowNode): FlowNode[] {
  const intakes = ways.flatMap(({ name, nodes, first }): FlowNode[] => [
    { id: storeOf(name), type: 'returns-store', name, file: '' },
    node('happy-returns-in', `${name}.intake`, [first ?? nodes.slice(0, 1).map(({ id }) => id), []], {
      account: account.id,
      store: storeOf(name),
      path: pathOf(name),
      maxBodyKb: 256,
      window: 50,
    }),
    ...nodes,
  ]);
  return [{ id: TAB, type: 'tab', label: 'Core nodes' }, account, ...SUBFLOW, ...intakes];
}
