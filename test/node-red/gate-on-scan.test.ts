import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ROOT } from '../../scripts/node-red-process';
import type { ReturnStates } from '../../scripts/returns-table';
import { changed, Rehearsal, settled, type FlowNode } from '../support/rehearsal';

const STORE = 'rl07store0000000';
const KEY = 'a key that nobody guesses';

interface Exposure {
  count: number;
  minor: number;
  amount: string;
  rejected: { count: number; minor: number; amount: string };
}

/** The example with a key for questions, and what the gate answers told to the log. */
function listening(): FlowNode[] {
  const flow = JSON.parse(readFileSync(join(ROOT, 'examples', 'credit-on-scan.json'), 'utf8')) as FlowNode[];
  const told: FlowNode = {
    id: 'rl07told00000000',
    type: 'function',
    z: 'rl07tab000000000',
    name: '',
    func: "node.warn((msg.topic === 'refund.confirmed' ? 'CONFIRMED ' : 'ANSWER ' + msg.command + ' ') + JSON.stringify(msg.refund ?? msg.payload));",
    outputs: 0,
    timeout: 0,
    noerr: 0,
    initialize: '',
    finalize: '',
    libs: [],
    x: 900,
    y: 1000,
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

describe('R217: the example of a credit at the scan in a real Node-RED', () => {
  let rehearsal: Rehearsal;
  const flow = listening();
  const press = async (name: string): Promise<void> => {
    const button = flow.find((node) => node.type === 'inject' && node['name'] === name);
    await rehearsal.nodeRed.inject(button?.id ?? name);
  };
  const until = (wanted: (states: ReturnStates) => boolean): Promise<ReturnStates> =>
    rehearsal.until(wanted, 90_000, STORE);
  const answers = (command: string): string[] =>
    [...rehearsal.nodeRed.log.matchAll(new RegExp(`ANSWER ${command} (.*)`, 'g'))].map(
      ([, json = '']) => json,
    );
  const asked = async <T>(button: string, command: string): Promise<T> => {
    const before = answers(command).length;
    await press(button);
    await until(() => answers(command).length > before);
    return JSON.parse(answers(command).at(-1) ?? 'null') as T;
  };
  const exposure = (): Promise<Exposure[]> => asked('What is out, and not in?', 'exposure');
  const credits = ({ returns }: ReturnStates): { return: string; minor: number }[] =>
    returns.flatMap(({ return: number, documents }) =>
      documents
        .filter(({ kind }) => kind === 'sales-credit')
        .map(({ amount }) => ({ return: number, minor: Math.abs(amount?.minor ?? 0) })),
    );
  const sum = (list: readonly { minor: number }[]): number => list.reduce((all, { minor }) => all + minor, 0);
  before(async () => {
    rehearsal = await Rehearsal.start([]);
    await rehearsal.nodeRed.deploy(flow);
    await rehearsal.nodeRed.waitForLog(/Receives Happy Returns webhooks/);
  });
  after(() => rehearsal.end());

  it('R91: credits each return within 60 s of its scan, and confirms its refund', async () => {
    const began = Date.now();
    await press('Send 25 returns');
    const states = await until((now) => credits(now).length === 24 && settled(now));
    assert.ok(Date.now() - began < 60_000, `${Date.now() - began} ms`);
    assert.ok(states.returns.every(({ stage }) => stage === 'dropped_off'));
    assert.equal(states.exceptions.open, 2);
    await until((now) => rehearsal.nodeRed.log.split('CONFIRMED {').length - 1 === 24 && settled(now));
  });

  it('R98, R206: what is out is the sum of those credits', async () => {
    const all = credits(await rehearsal.states(STORE));
    const [row, ...others] = await exposure();
    assert.equal(others.length, 0);
    assert.deepEqual([row?.count, row?.minor, row?.rejected.count], [24, sum(all), 0]);
  });

  it('R31: tells where a refund is, by the button and over HTTP', async () => {
    const [shown] = await asked<{ return: string; refund: { stage: string } }[]>(
      'Where is the refund of HRWVKBCE?',
      'show',
    );
    assert.deepEqual([shown?.return, shown?.refund.stage], ['HRWVKBCE', 'credited']);
    const answer = await fetch(`${rehearsal.nodeRed.baseUrl}/returns/where-is-my-refund?return=HRWVKBCE`, {
      headers: { 'x-returns-key': KEY },
    });
    assert.deepEqual([answer.status, ((await answer.json()) as { stage: string }).stage], [200, 'credited']);
  });

  it('R94: what is rejected after its credit is finance’s, and stands apart', async () => {
    await press('5 of them arrive and are rejected');
    const states = await until((now) => (now.exceptions.byOwner['finance'] ?? 0) >= 5 && settled(now));
    const rejected = credits({
      ...states,
      returns: states.returns.filter(({ stage }) => stage === 'rejected'),
    });
    assert.equal(rejected.length, 4, 'one of them has no item, one no order');
    const [row] = await exposure();
    assert.deepEqual([row?.count, row?.rejected.count, row?.rejected.minor], [20, 4, sum(rejected)]);
  });

  it('R91: the exposure falls when the goods arrive, and they are booked in', async () => {
    await press('Goods arrive and are accepted');
    const states = await until(
      (now) => now.returns.filter(({ stage }) => stage === 'accepted').length === 20 && settled(now),
    );
    const booked = states.returns.filter(({ documents }) => documents.length === 2);
    assert.equal(booked.length, 20);
    const [row] = await exposure();
    assert.deepEqual([row?.count, row?.minor, row?.rejected.count], [0, 0, 4]);
  });

  it('logs no error', () => assert.doesNotMatch(rehearsal.nodeRed.log, /\[error\]/));
});
