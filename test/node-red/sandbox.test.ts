import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ROOT } from '../../scripts/node-red-process';
import type { SandboxEndpoint } from '../../nodes/runtime/sandbox-link';
import { exampleFlow, Rehearsal, settled, type FlowNode } from '../support/rehearsal';

const TAB = 'rl01tab000000001';
const SANDBOX = 'rl01sandbox00001';
const LIMIT = { timeout: 60_000 };

/** Tells over HTTP what a function makes of the request. */
function served(path: string, func: string, to: string): FlowNode[] {
  const z = TAB;
  return [
    { id: `${path}-in`, type: 'http in', z, url: `/${path}`, method: 'post', upload: false, wires: [[path]] },
    { id: path, type: 'function', z, func, outputs: 1, libs: [], wires: [[to]] },
  ];
}

/** The example, with the sandbox's commands and answers over HTTP, and what it offers to connections. */
function commandFlow(): FlowNode[] {
  const answer = { id: 'answer', type: 'http response', z: TAB, wires: [] };
  const refusal = {
    id: 'refused',
    type: 'catch',
    z: TAB,
    scope: [SANDBOX],
    uncaught: false,
    wires: [['refusal']],
  };
  const said = {
    id: 'refusal',
    type: 'function',
    z: TAB,
    func: 'msg.statusCode = 400; msg.payload = { error: msg.error.message }; return msg;',
    outputs: 1,
    libs: [],
    wires: [['answer']],
  };
  return [
    ...exampleFlow().map((node) => (node.id === SANDBOX ? { ...node, wires: [['answer']] } : node)),
    ...served('command', 'Object.assign(msg, msg.payload); return msg;', SANDBOX),
    ...served(
      'offer',
      "msg.payload = global.get('link').sandboxNow(msg.payload.vendor) ?? null; return msg;",
      'answer',
    ),
    refusal,
    said,
    answer,
  ];
}

describe('the Returns Sandbox in a real Node-RED', () => {
  let rehearsal: Rehearsal;
  const ask = async <T>(path: string, body: object, status = 200): Promise<T> => {
    const answer = await fetch(`${rehearsal.nodeRed.baseUrl}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    assert.equal(answer.status, status, text);
    return JSON.parse(text) as T;
  };
  const obey = <T>(command: string, payload?: unknown): Promise<T> =>
    ask('command', { command, payload: payload ?? '' });

  before(async () => {
    const link = JSON.stringify(join(ROOT, 'dist', 'nodes', 'runtime', 'sandbox-link.js'));
    rehearsal = await Rehearsal.start(commandFlow(), {
      settings: `functionGlobalContext: { link: require(${link}) },`,
    });
    await rehearsal.nodeRed.waitForLog(/Receives Happy Returns webhooks/);
  });
  after(() => rehearsal.end());

  it('offers Brightpearl, which knows the shop’s orders and who may ask', LIMIT, async () => {
    const { baseUrl, account } = await ask<SandboxEndpoint>('offer', { vendor: 'brightpearl' });
    const url = `${baseUrl}/public-api/${account['account'] ?? ''}/order-service/order-search?customerRef=AC-50001`;
    const headers = {
      'brightpearl-app-ref': account['appRef'] ?? '',
      'brightpearl-account-token': account['accountToken'] ?? '',
    };
    const answer = await fetch(url, { headers });
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /AC-50001/);
    // The flow is older than the field: the vendor's own figure counts.
    assert.equal(answer.headers.get('brightpearl-requests-remaining'), '199');
    const stranger = await fetch(url, { headers: { ...headers, 'brightpearl-account-token': 'guess' } });
    assert.equal(stranger.status, 401);
  });

  it('offers Business Central with a token of its own', LIMIT, async () => {
    const { baseUrl, account } = await ask<SandboxEndpoint>('offer', { vendor: 'businessCentral' });
    const { tenant = '', environment = '', clientId = '', clientSecret = '' } = account;
    const token = await fetch(`${baseUrl}/${tenant}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
        scope: 'https://api.businesscentral.dynamics.com/.default',
      }),
    });
    const { access_token } = (await token.json()) as { access_token: string };
    const companies = await fetch(`${baseUrl}/v2.0/${tenant}/${environment}/api/v2.0/companies`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    assert.equal(companies.status, 200);
    assert.match(await companies.text(), /"name":"usrt"/);
  });

  it(
    'R23: goods of returns that were sent arrive, and each return moves on past the scan',
    LIMIT,
    async () => {
      const sent = await obey<{ expressCode: string; orders: string[] }[]>('send', 12);
      await rehearsal.until((now) => now.returns.length === 13 && settled(now));
      const rejected = await obey<{ expressCode: string }[]>('arrive', { count: 3, outcome: 'rejected' });
      const accepted = await obey<{ expressCode: string }[]>('arrive');
      assert.deepEqual(
        [...rejected, ...accepted].map(({ expressCode }) => expressCode),
        sent.map(({ expressCode }) => expressCode),
      );
      const end = await rehearsal.until(
        (now) => settled(now) && now.returns.every(({ stage }) => /^(accepted|rejected)$/.test(stage)),
      );
      const codes = new Set(rejected.map(({ expressCode }) => expressCode));
      for (const one of end.returns)
        assert.equal(one.stage, codes.has(one.return) ? 'rejected' : 'accepted', one.return);
      assert.equal(end.returns.filter(({ documents }) => documents.length === 1).length, 11);
      assert.deepEqual(await obey('arrive'), []);
    },
  );

  it('tells what each ERP holds, after a person made a credit as well', LIMIT, async () => {
    const { returnOrders, creditNotes } = await obey<Record<string, unknown[]>>('ledger');
    assert.deepEqual([returnOrders?.length, creditNotes], [11, []]);
    await obey('foreign-credit', { order: 'AC-50001' });
    const { salesCredits, stock } = await obey<{ salesCredits: { ref: string }[]; stock: unknown[] }>(
      'ledger',
      'brightpearl',
    );
    assert.deepEqual([salesCredits.map(({ ref }) => ref), stock], [['AC-50001'], []]);
  });

  it('what it cannot do reaches a Catch node with a sentence', LIMIT, async () => {
    const refused = (command: string, payload: unknown): Promise<{ error: string }> =>
      ask('command', { command, payload }, 400);
    assert.match((await refused('lock', 'AC-1')).error, /has no order AC-1;/);
    assert.match((await refused('dials', { brightpearl: { speed: 1 } })).error, /has no dial "speed"/);
  });
});
