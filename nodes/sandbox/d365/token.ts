import { randomUUID } from 'node:crypto';
import type { SimulatedResponse } from '../simulator';

const JSON_HEADERS = { 'content-type': 'application/json' };

/** Microsoft Entra's token endpoint in both versions, as far as client credentials use it (A1). */
export class TokenOffice {
  private readonly issued = new Map<string, number>();

  constructor(
    private readonly tenant: string,
    private readonly clientId: string,
    private readonly clientSecret: string,
    private readonly lifetimeSeconds: number,
    private readonly now: () => number,
  ) {}

  issue(url: string, body: string): SimulatedResponse {
    const form = new URLSearchParams(body);
    const [, tenant] = url.split('/');
    if (tenant !== this.tenant) return refuse(400, 'invalid_request', 'AADSTS90002: Tenant not found.');
    if (form.get('grant_type') !== 'client_credentials')
      return refuse(400, 'unsupported_grant_type', 'AADSTS70003: grant type');
    if (form.get('client_id') !== this.clientId) {
      return refuse(400, 'unauthorized_client', 'AADSTS700016: Application was not found in the directory.');
    }
    if (form.get('client_secret') !== this.clientSecret) {
      return refuse(401, 'invalid_client', 'AADSTS7000215: Invalid client secret provided.');
    }
    const fault = /\/v2\.0\/token$/.test(url)
      ? scopeFault(form.get('scope'))
      : resourceFault(form.get('resource'));
    if (fault !== null) return fault;
    const token = `sim.${randomUUID()}`;
    this.issued.set(token, this.now() + this.lifetimeSeconds * 1000);
    const answer = { token_type: 'Bearer', expires_in: this.lifetimeSeconds, access_token: token };
    return { status: 200, headers: JSON_HEADERS, body: JSON.stringify(answer) };
  }

  accepts(authorization: string | undefined): boolean {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
    const until = token === undefined ? undefined : this.issued.get(token);
    return until !== undefined && until > this.now();
  }

  expireAll(): void {
    this.issued.clear();
  }
}

function scopeFault(scope: string | null): SimulatedResponse | null {
  return scope !== null && /^https?:\/\/.+[^/]\/\.default$/.test(scope)
    ? null
    : refuse(400, 'invalid_scope', 'AADSTS70011: The provided value for scope is not valid.');
}

/** The resource of the older endpoint has no trailing slash. */
function resourceFault(resource: string | null): SimulatedResponse | null {
  return resource !== null && /^https?:\/\/.+[^/]$/.test(resource)
    ? null
    : refuse(400, 'invalid_resource', 'AADSTS500011: The resource principal was not found in the tenant.');
}

function refuse(status: number, error: string, description: string): SimulatedResponse {
  return { status, headers: JSON_HEADERS, body: JSON.stringify({ error, error_description: description }) };
}
