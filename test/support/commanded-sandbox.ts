import assert from 'node:assert/strict';
import { carryOut } from '../../nodes/sandbox/carry-out';
import { readSandboxCommand } from '../../nodes/sandbox/sandbox-commands';
import type { SimulatedResponse } from '../../nodes/sandbox/simulator';
import { createVendors, type VendorOptions, type Vendors } from '../../nodes/sandbox/vendors';

const OPTIONS: VendorOptions = {
  brand: 'acme-shoes',
  company: 'usrt',
  seed: 1,
  duplicates: 0,
  reorder: 1,
  latencyMs: 0,
  dropShare: 0,
  callsPerMinute: 200,
};

/** A sandbox whose webhooks are all accepted, as its node would hold it. */
export class Sandbox {
  readonly vendors: Vendors;
  readonly said: string[] = [];
  answer = 200;

  constructor(options: Partial<VendorOptions> = {}) {
    this.vendors = createVendors({ ...OPTIONS, ...options });
    this.vendors.happyReturns.dials.retries = 0;
  }

  async obey<T>(command: string | undefined, payload?: unknown): Promise<T> {
    const answer = await carryOut(readSandboxCommand(command, payload), {
      vendors: this.vendors,
      deliver: () => Promise.resolve(this.answer),
      path: '/returns/happy-returns',
      count: 25,
      status: { busy: (text) => void this.said.push(text), ok: (text) => void this.said.push(text) },
    });
    return answer as T;
  }

  /** Calls Brightpearl's API with what the sandbox offers to a connection. */
  async brightpearl<T>(method: string, path: string, body: unknown = null): Promise<T> {
    const { simulator, account } = this.offered('brightpearl');
    const answer = await simulator.handle({
      method,
      url: `/public-api/${account['account'] ?? ''}${path}`,
      headers: {
        'brightpearl-app-ref': account['appRef'],
        'brightpearl-account-token': account['accountToken'],
      },
      body: Buffer.from(JSON.stringify(body)),
    });
    const text = String(answer.body);
    assert.equal(answer.status, 200, text);
    return (JSON.parse(text) as { response: T }).response;
  }

  /** Calls Finance & SCM with the token that a connection would get. */
  d365(method: string, url: string, body: unknown = null): Promise<SimulatedResponse> {
    return this.microsoft('d365', { resource: 'https://d365.example' }, method, url, body);
  }

  /** Calls Business Central likewise. */
  businessCentral(
    method: string,
    url: string,
    body: unknown = null,
    headers: Record<string, string> = {},
  ): Promise<SimulatedResponse> {
    const scope = 'https://api.businesscentral.dynamics.com/.default';
    return this.microsoft('business-central', { scope }, method, url, body, headers);
  }

  private async microsoft(
    name: string,
    audience: Record<string, string>,
    method: string,
    url: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<SimulatedResponse> {
    const { simulator, account } = this.offered(name);
    const { tenant = '', clientId = '', clientSecret = '' } = account;
    const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    const version = 'scope' in audience ? '/v2.0' : '';
    const token = await simulator.handle({
      method: 'POST',
      url: `/${tenant}/oauth2${version}/token`,
      headers: {},
      body: Buffer.from(new URLSearchParams({ ...form, ...audience }).toString()),
    });
    const { access_token } = JSON.parse(String(token.body)) as { access_token: string };
    return simulator.handle({
      method,
      url,
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json', ...headers },
      body: Buffer.from(body === null ? '' : JSON.stringify(body)),
    });
  }

  offered(name: string): Vendors['served'][number] {
    const found = this.vendors.served.find(({ simulator }) => simulator.name === name);
    assert.ok(found);
    return found;
  }
}
