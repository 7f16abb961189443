import { money } from '../../nodes/returns/money';
import { quantity } from '../../nodes/returns/quantity';
import { buildException, type ExceptionFacts } from '../../nodes/returns/exception';
import type { ExceptionCode } from '../../nodes/returns/exception-catalogue';
import { event, line, NOW } from './events';
import { exampleFlow, type FlowNode } from './rehearsal';

/** Buttons that park so many exceptions as nodes of a flow would raise them. */
export const PARK_THREE = 'rl09three0000001';
export const PARK_MANY = 'rl09many00000001';
const MAKER = 'rl09maker0000001';
const ROUTER = 'rl01router000001';

const KINDS: readonly { code: ExceptionCode; what: string; pence: number; skus?: number }[] = [
  { code: 'credit-line-refused', what: 'line 2 has a tax code that is not in use', pence: 12_900 },
  { code: 'tax-unmapped', what: 'GB-REDUCED', pence: 4_500 },
  { code: 'erp-unavailable', what: 'no answer within 30 s', pence: 7_950 },
  { code: 'sku-unknown', what: 'GIFT-BAG-RED', pence: 1_250, skus: 40 },
  { code: 'disposition-unmapped', what: 'REFURBISH', pence: 23_000 },
];

/** The example with buttons of its own: the first parks three exceptions of three causes, the second `many`. */
export function flowOfExceptions(many: number): FlowNode[] {
  const templates = KINDS.map(({ code, what, pence, skus = 1 }) => ({
    message: messageOf(code, what, pence),
    skus,
  }));
  const tab = exampleFlow().find(({ type }) => type === 'tab')?.id;
  const button = (id: string, n: number): FlowNode => ({
    id,
    type: 'inject',
    z: tab,
    name: `park ${n}`,
    props: [{ p: 'payload', v: String(n), vt: 'num' }],
    x: 900,
    y: n > 3 ? 80 : 120,
    wires: [[MAKER]],
  });
  return [
    ...exampleFlow(),
    button(PARK_THREE, 3),
    button(PARK_MANY, many),
    {
      id: MAKER,
      type: 'function',
      z: tab,
      name: 'park',
      x: 1050,
      y: 100,
      wires: [[ROUTER]],
      outputs: 1,
      func: `const templates = ${JSON.stringify(templates)};
for (let at = 0; at < msg.payload; at += 1) {
  const { message, skus } = templates[at % templates.length];
  const made = RED.util.cloneMessage(message);
  const number = 'HR' + String(1000000 + at);
  made.payload.id = 'made_event_' + at;
  made.payload.returnId = made.payload.returnNumber = number;
  made.exception.about.returnNumber = number;
  made.exception.summary = made.exception.summary.replace('HR0000001', number);
  if (skus > 1) for (const line of made.exception.lines) line.sku = 'SKU-' + (at % skus);
  made.payload.lines[0].price.minor *= 1 + at % 97;
  node.send(made);
}
return null;`,
    },
  ];
}

function messageOf(code: ExceptionCode, what: string, pence: number): Record<string, unknown> {
  const returned = event({
    returnId: 'HR0000001',
    returnNumber: 'HR0000001',
    lines: [line({ price: money(pence, 'GBP'), quantity: quantity(1) })],
  });
  const facts: ExceptionFacts = {
    code,
    what,
    returnNumber: 'HR0000001',
    orderNumber: 'AC-50211',
    brand: 'acme-shoes',
    raisedBy: 'd365-create-return-order',
    raisedAt: NOW,
    detail: 'The ERP said: the value is not in the table.',
    lines: [
      {
        lineId: '99000111',
        sku: 'RUN-42-BLU',
        field: 'sku',
        expected: 'an item of the ERP',
        received: what,
        candidates: ['GIFT-BAG-RED-S', 'GIFT-BAG-RED-L'],
      },
    ],
  };
  return { topic: returned.topic, payload: returned, exception: buildException(facts) };
}
