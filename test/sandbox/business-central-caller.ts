import assert from 'node:assert/strict';
import {
  createBusinessCentralSimulator,
  type BusinessCentralSimulator,
  type BusinessCentralSimulatorOptions,
} from '../../nodes/sandbox/business-central/business-central-simulator';
import type { SimulatedResponse } from '../../nodes/sandbox/simulator';
import { createWorld, type World, type WorldOrder } from '../../nodes/sandbox/world';

export type Json = Record<string, unknown>;

export const API = '/v2.0/production/api/v2.0';
const SCOPE = 'https://api.businesscentral.dynamics.com/.default';

/** A simulator with a caller that has a token, and a clock that moves only when somebody waits. */
export interface Caller {
  simulator: BusinessCentralSimulator;
  world: World;
  clock: { now: number };
  /** Path of the world's company. */
  company: string;
  /** Calls an address below the service, or below the company where it has no slash in front. */
  call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<SimulatedResponse>;
  /** A call that must succeed, and its body. */
  get(path: string, headers?: Record<string, string>): Promise<Json>;
  rows(path: string): Promise<Json[]>;
  row(path: string): Promise<Json>;
  create(set: string, body: unknown): Promise<Json>;
  /** Code and message that a call was refused with. */
  refusal(answer: SimulatedResponse): { status: number; code: string; message: string };
  /** The order, its customer and its first line, of a shop order that is invoiced. */
  sale(index?: number): WorldOrder;
  /** A draft credit memo of the first line of a sale. */
  draft(change?: Json, line?: Json): Promise<Json>;
  post(memo: Json): Promise<SimulatedResponse>;
}

export function body(answer: SimulatedResponse): Json {
  return JSON.parse(String(answer.body)) as Json;
}

export async function signIn(
  simulator: BusinessCentralSimulator,
  clientId = 'client',
  scope = SCOPE,
  secret = 's3cret',
): Promise<SimulatedResponse> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: secret,
    scope,
  });
  return simulator.handle({
    method: 'POST',
    url: '/tenant/oauth2/v2.0/token',
    headers: {},
    body: Buffer.from(form.toString()),
  });
}

export async function tokenFor(simulator: BusinessCentralSimulator, clientId?: string): Promise<string> {
  return String(body(await signIn(simulator, clientId))['access_token']);
}

export async function makeCaller(
  options: Partial<BusinessCentralSimulatorOptions> = {},
  worldOptions: Parameters<typeof createWorld>[0] = { seed: 1, orders: 20 },
): Promise<Caller> {
  const world = options.world ?? createWorld(worldOptions);
  const clock = { now: Date.parse('2026-03-30T10:00:00Z') };
  const simulator = createBusinessCentralSimulator({
    world,
    tenant: 'tenant',
    clientId: 'client',
    clientSecret: 's3cret',
    now: () => clock.now,
    wait: async (milliseconds) => {
      clock.now += milliseconds;
      await Promise.resolve();
    },
    ...options,
  });
  const token = await tokenFor(simulator);
  const company = `${API}/companies(${simulator.companyId})`;
  const call: Caller['call'] = (method, path, sent, headers = {}) =>
    simulator.handle({
      method,
      url: path.startsWith('/') ? path : `${company}/${path}`,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      body: Buffer.from(sent === undefined ? '' : typeof sent === 'string' ? sent : JSON.stringify(sent)),
    });
  const get: Caller['get'] = async (path, headers) => {
    const answer = await call('GET', path, undefined, headers);
    assert.equal(answer.status, 200, String(answer.body));
    return body(answer);
  };
  const rows: Caller['rows'] = async (path) => (await get(path))['value'] as Json[];
  const create: Caller['create'] = async (set, sent) => {
    const answer = await call('POST', set, sent);
    assert.equal(answer.status, 201, String(answer.body));
    return body(answer);
  };
  const sale = (index = 0): WorldOrder => {
    const order = world.orders[index];
    assert.ok(order);
    return order;
  };
  const row = async (path: string): Promise<Json> => {
    const [found] = await rows(path);
    assert.ok(found, path);
    return found;
  };
  return {
    simulator,
    world,
    clock,
    company,
    call,
    get,
    rows,
    row,
    create,
    sale,
    refusal: (answer) => {
      const { error } = body(answer) as { error: { code: string; message: string } };
      return { status: answer.status, ...error };
    },
    draft: async (change = {}, line = {}) => {
      const order = sale();
      const location = await row("locations?$filter=code eq 'RETQC'");
      return create('salesCreditMemos', {
        customerNumber: order.customer,
        externalDocumentNumber: 'HR-1',
        ...change,
        salesCreditMemoLines: [
          {
            lineType: 'Item',
            lineObjectNumber: order.lines[0]?.sku,
            quantity: 1,
            unitPrice: 24,
            locationId: location['id'],
            ...line,
          },
        ],
      });
    },
    post: (memo) => call('POST', `salesCreditMemos(${String(memo['id'])})/Microsoft.NAV.post`),
  };
}
