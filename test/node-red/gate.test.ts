import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ROOT } from '../../scripts/node-red-process';
import type { ReturnStates } from '../../scripts/returns-table';
import { changed, Rehearsal, settled, type FlowNode } from '../support/rehearsal';

const STORE = 'rl06store0000000';
const KEY = 'a key that nobody guesses';

function exampleFlow(): FlowNode[] {
  return JSON.parse(readFileSync(join(ROOT, 'examples', 'credit-on-accepted.json'), 'utf8')) as FlowNode[];
}

/** Tells the log of every refund that is confirmed. */
function listening(flow: FlowNode[]): FlowNode[] {
  const told: FlowNode = {
    id: 'rl06told00000000',
    type: 'function',
    z: 'rl06tab000000000',
    name: '',
    func: "if (msg.topic === 'refund.confirmed') node.warn('CONFIRMED ' + JSON.stringify(msg.refund));",
    outputs: 0,
    timeout: 0,
    noerr: 0,
    initialize: '',
    finalize: '',
    libs: [],
    x: 900,
    y: 900,
    wires: [],
  };
  const gate = flow.find(({ type }) => type === 'returns-gate');
  const wires = (gate?.['wires'] ?? []) as string[][];
  return [
    ...changed(flow, 'returns-gate', {
      answers: true,
      credentials: { answerKey: KEY },
      wires: [...wires.slice(0, 3), [...(wires[3] ?? []), told.id]],
    }),
    told,
  ];
}

describe('R217: the example of the Return Gate in a real Node-RED', () => {
  let rehearsal: Rehearsal;
  const flow = listening(exampleFlow());
  const press = async (name: string): Promise<void> => {
    const button = flow.find((node) => node.type === 'inject' && node['name'] === name);
    await rehearsal.nodeRed.inject(button?.id ?? name);
  };
  const until = (wanted: (states: ReturnStates) => boolean): Promise<ReturnStates> =>
    rehearsal.until(wanted, 90_000, STORE);
  const ask = (
    query: string,
    headers: Record<string, string> = { 'x-returns-key': KEY },
  ): Promise<Response> =>
    fetch(`${rehearsal.nodeRed.baseUrl}/returns/where-is-my-refund${query}`, { headers });
  const credited = ({ returns }: ReturnStates): ReturnStates['returns'] =>
    returns.filter(({ documents }) => documents.some(({ kind }) => kind === 'sales-credit'));
  before(async () => {
    rehearsal = await Rehearsal.start([]);
    // A key comes with a deploy only; a flow file holds none.
    await rehearsal.nodeRed.deploy(flow);
    await rehearsal.nodeRed.waitForLog(/Receives Happy Returns webhooks/);
  });
  after(() => rehearsal.end());

  it('R86: holds every return until its goods are accepted, and nothing is credited', async () => {
    await press('Send 25 returns');
    const states = await until((now) => now.returns.length === 26 && settled(now));
    assert.equal(credited(states).length, 0);
    assert.deepEqual(states.exceptions.byOwner, { data: 1 });
  });

  it('R31, R195: tells where a refund is, to those who have the key and nobody else', async () => {
    const { returns } = await rehearsal.states(STORE);
    const number = returns.find(({ exception }) => exception === null)?.return ?? '';
    const answer = await ask(`?return=${number}`);
    assert.equal(answer.status, 200);
    const told = (await answer.json()) as Record<string, unknown>;
    assert.deepEqual([told['return'], told['stage']], [number, 'handed in']);
    assert.match(String(told['expectedBy']), /^\d{4}-\d\d-\d\d$/);
    assert.deepEqual(
      [
        (await ask(`?return=${number}`, {})).status,
        (await ask(`?return=${number}`, { 'x-returns-key': 'a key that somebody guesses' })).status,
        (await ask('?return=nobody')).status,
      ],
      [401, 401, 404],
    );
  });

  it('R87, R201: credits each return once when its goods are accepted, and confirms its refund then', async () => {
    await press('Goods arrive and are accepted');
    const states = await until(
      (now) =>
        now.returns.every(({ stage }) => stage === 'accepted') && settled(now) && credited(now).length === 24,
    );
    const numbers = credited(states).flatMap(({ documents }) =>
      documents.filter(({ kind }) => kind === 'sales-credit').map(({ number }) => number),
    );
    assert.equal(new Set(numbers).size, 24);
    const told = (): number => rehearsal.nodeRed.log.split('CONFIRMED {').length - 1;
    await until((now) => told() >= 24 && settled(now));
    const confirmed = [...rehearsal.nodeRed.log.matchAll(/CONFIRMED (\{.*\})/g)].map(
      ([, json = '']) => JSON.parse(json) as { return: string; credit: string; text: string },
    );
    assert.deepEqual(confirmed.map(({ credit }) => credit).sort(), numbers.sort());
    assert.ok(confirmed.every(({ text }) => /^\d+\.\d\d [A-Z]{3}$/.test(text)));
    const answer = await ask(`?return=${confirmed[0]?.return ?? ''}`);
    assert.equal(((await answer.json()) as Record<string, unknown>)['stage'], 'credited');
  });

  it('logs no error', () => assert.doesNotMatch(rehearsal.nodeRed.log, /\[error\]/));
});
