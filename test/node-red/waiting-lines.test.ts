import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { changed, exampleFlow, Rehearsal, settled, STORE, BUTTON, type FlowNode } from '../support/rehearsal';

const LIMIT = { timeout: 120_000 };
const EXCEPTIONS = `/returns-ledger/sidebar/${STORE}/exceptions`;

interface Shown {
  id: string;
  code: string;
  lines: { received: string | null }[];
}

/** The example with lines that may go on by themselves, where one return of several lines comes with a mistyped SKU. */
function withMistake(): FlowNode[] {
  const flow = changed(exampleFlow(), 'returns-sku-validator', { divide: true });
  const validator = flow.find(({ type }) => type === 'returns-sku-validator')?.id ?? '';
  const func = `const { lines, part, order } = msg.payload;
if (part === undefined && lines.length > 1 && order.number < 'AC-502' && (context.get('chosen') ?? order.number) === order.number) {
  context.set('chosen', order.number);
  lines[1].sku = 'TYPO-' + lines[1].sku;
}
return msg;`;
  return [
    ...flow.map((node) =>
      node.type === 'happy-returns-in'
        ? { ...node, wires: [['mistype'], (node['wires'] as string[][])[1]] }
        : node,
    ),
    {
      id: 'mistype',
      type: 'function',
      z: String(flow[0]?.id),
      func,
      outputs: 1,
      libs: [],
      wires: [[validator]],
    },
  ];
}

describe('a return of which one line waits, in a real Node-RED', () => {
  let rehearsal: Rehearsal;
  before(async () => {
    rehearsal = await Rehearsal.start(withMistake());
    await rehearsal.nodeRed.waitForLog(/Receives Happy Returns webhooks/);
  });
  after(() => rehearsal.end());

  const open = async (): Promise<Shown[]> =>
    (await rehearsal.nodeRed.admin<{ exceptions: Shown[] }>(`${EXCEPTIONS}?status=open`)).exceptions;

  it('posts the other lines at once, and parks the one with what is wrong', LIMIT, async () => {
    await rehearsal.nodeRed.inject(BUTTON.send);
    const states = await rehearsal.until((now) => now.returns.length === 27 && settled(now));
    assert.equal(states.returns.filter(({ documents }) => documents.length === 1).length, 24);
    const codes = (await open()).map(({ code }) => code);
    assert.deepEqual(codes.sort(), ['order-unknown', 'sku-blocked', 'sku-unknown']);
  });

  it(
    'R141: the line is posted as a document of its own once it was corrected, and nothing twice',
    LIMIT,
    async () => {
      const held = (await open()).find(({ code }) => code === 'sku-unknown');
      assert.ok(held);
      const { lines } = await rehearsal.nodeRed.admin<Shown>(`${EXCEPTIONS}/${held.id}`);
      assert.equal(lines.length, 1);
      const sku = (lines[0]?.received ?? '').replace('TYPO-', '');
      const answer = await fetch(`${rehearsal.nodeRed.baseUrl}${EXCEPTIONS}/${held.id}/edit`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ changes: { 'lines[0].sku': sku }, resume: true }),
      });
      assert.equal(answer.status, 200, await answer.text());
      const states = await rehearsal.until((now) => now.exceptions.open === 2 && settled(now));
      const documents = states.returns.flatMap((one) => one.documents.map(({ number }) => number));
      assert.equal(documents.length, 25);
      assert.equal(new Set(documents).size, 25);
    },
  );

  it('logs no error', () => assert.doesNotMatch(rehearsal.nodeRed.log, /\[error\]/));
});
