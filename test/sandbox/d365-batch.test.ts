import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { createD365Simulator, type D365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import type { SimulatedResponse } from '../../nodes/sandbox/simulator';
import { createWorld } from '../../nodes/sandbox/world';

const HEADERS = 'POST https://x.example/data/ReturnOrderHeadersV2 HTTP/1.1';
const COMPANIES = 'GET https://x.example/data/LegalEntities HTTP/1.1';

describe('A2, A3: $batch of the simulated Finance & SCM', () => {
  let simulator: D365Simulator;
  let token = '';

  beforeEach(async () => {
    const world = createWorld({ seed: 1, orders: 5 });
    simulator = createD365Simulator({ world, tenant: 't', clientId: 'c', clientSecret: 's3cret' });
    const form =
      'grant_type=client_credentials&client_id=c&client_secret=s3cret&scope=https%3A%2F%2Fx.example%2F.default';
    const answer = await simulator.handle({
      method: 'POST',
      url: '/t/oauth2/v2.0/token',
      headers: {},
      body: Buffer.from(form),
    });
    token = (JSON.parse(String(answer.body)) as { access_token: string }).access_token;
  });

  const send = (body: string, type = 'multipart/mixed; boundary=b'): Promise<SimulatedResponse> =>
    simulator.handle({
      method: 'POST',
      url: '/data/$batch',
      headers: { authorization: `Bearer ${token}`, 'content-type': type },
      body: Buffer.from(body),
    });
  const operation = (line: string, body?: object): string =>
    `Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n${line}\r\n` +
    `Content-Type: application/json\r\n\r\n${body ? JSON.stringify(body) : ''}\r\n`;
  const header = (reference: string, change: object = {}): string =>
    operation(HEADERS, {
      dataAreaId: 'usrt',
      CustomerAccountNumber: 'C-00001',
      CustomersOrderReference: reference,
      DefaultReturnWarehouseId: 'RETQC',
      ...change,
    });
  const changeset = (...members: string[]): string =>
    `Content-Type: multipart/mixed; boundary=cs\r\n\r\n${members.map((one) => `--cs\r\n${one}`).join('')}--cs--\r\n`;
  const batch = (...parts: string[]): string => `${parts.map((one) => `--b\r\n${one}`).join('')}--b--\r\n`;
  const statuses = (answer: SimulatedResponse): number[] =>
    [...String(answer.body).matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
  const references = (): string[] => simulator.observer.returnOrders().map(({ reference }) => reference);

  it('each changeset stands by itself: one is refused, and the outer status is 200 all the same', async () => {
    const answer = await send(
      batch(
        changeset(header('A')),
        changeset(header('B'), header('C', { CustomerAccountNumber: 'NOBODY' })),
        changeset(header('D')),
        operation(COMPANIES),
      ),
    );
    assert.equal(answer.status, 200);
    // One part answers for the changeset that was taken back.
    assert.deepEqual(statuses(answer), [201, 400, 201, 200]);
    assert.deepEqual(references(), ['A', 'D']);
  });

  it('older versions answer a refused changeset with 500', async () => {
    const world = createWorld({ seed: 1, orders: 5 });
    const options = {
      world,
      tenant: 't',
      clientId: 'c',
      clientSecret: 's3cret',
      validationStatus: 500,
    } as const;
    const older = createD365Simulator(options);
    const form =
      'grant_type=client_credentials&client_id=c&client_secret=s3cret&resource=https%3A%2F%2Fx.example';
    const signedIn = await older.handle({
      method: 'POST',
      url: '/t/oauth2/token',
      headers: {},
      body: Buffer.from(form),
    });
    const { access_token: bearer } = JSON.parse(String(signedIn.body)) as { access_token: string };
    const answer = await older.handle({
      method: 'POST',
      url: '/data/$batch',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'multipart/mixed; boundary=b' },
      body: Buffer.from(batch(changeset(header('A', { CustomerAccountNumber: 'NOBODY' })))),
    });
    assert.deepEqual([answer.status, statuses(answer)], [200, [500]]);
  });

  it('5000 operations are taken, one more is refused as a whole', async () => {
    const most = Array.from({ length: 5000 }, () => operation(COMPANIES));
    assert.equal(statuses(await send(batch(...most))).length, 5000);
    const answer = await send(batch(...most.slice(1), changeset(header('A'), header('B'))));
    assert.equal(answer.status, 400);
    assert.deepEqual(references(), []);
  });

  it('a changeset takes no read, and leaves nothing behind when it has one', async () => {
    const answer = await send(batch(changeset(header('A'), operation(COMPANIES))));
    assert.deepEqual(statuses(answer), [400]);
    assert.deepEqual(references(), []);
  });

  it('JSON, a batch without a boundary and one that is cut short are refused', async () => {
    const json = await send(JSON.stringify({ requests: [] }), 'application/json');
    const nameless = await send(batch(operation(COMPANIES)), 'multipart/mixed');
    const short = await send(batch(changeset(header('A'))).replace(/--b--\r\n$/, ''));
    assert.deepEqual([json.status, nameless.status, short.status], [400, 400, 400]);
    assert.deepEqual(references(), []);
  });

  it('A3: the whole call is throttled, or parts of it, with a wait each time', async () => {
    simulator.dials.retryAfterSeconds = 7;
    simulator.dials.throttleNext = 1;
    const whole = await send(batch(changeset(header('A'))));
    assert.deepEqual([whole.status, whole.headers?.['retry-after']], [429, '7']);
    simulator.dials.throttlePartsNext = 1;
    const part = await send(batch(changeset(header('A')), changeset(header('B'))));
    assert.deepEqual([part.status, statuses(part)], [200, [429, 201]]);
    assert.match(String(part.body), /Retry-After: 7\r\n/);
    assert.deepEqual(references(), ['B']);
  });

  it('a connection that is cut in the middle leaves what was carried out by then', async () => {
    Object.assign(simulator.dials, { cutBatchAfter: 2, cutBatchNext: 1 });
    const answer = await send(batch(...['A', 'B', 'C'].map((name) => changeset(header(name)))));
    assert.equal(answer.drop, true);
    assert.deepEqual(references(), ['A', 'B']);
  });
});
