import { refuse } from './refusal';

/** An address, cut up: which part of the service it means, and the path and options behind that. */
export interface Address {
  service: 'api' | 'custom-api' | 'odata';
  segments: string[];
  options: [string, string][];
  /** Path up to and with the service's root, as the caller wrote it. */
  root: string;
}

interface Known {
  tenant: string;
  environment: string;
  customApi: { publisher: string; group: string; version: string } | undefined;
}

/** Reads `/v2.0/[tenant/]<environment>/api/v2.0/…`, `…/api/<publisher>/<group>/<version>/…` or `…/ODataV4/…` (B1). */
export function readAddress(url: string, known: Known): Address {
  const { segments, options } = cutUrl(url);
  const at = segments.findIndex((segment) => segment === 'api' || segment === 'ODataV4');
  if (segments[0] !== 'v2.0' || (at !== 2 && at !== 3)) refuse('noRoute');
  const [tenant, environment = ''] = at === 3 ? segments.slice(1, 3) : [known.tenant, segments[1]];
  if (tenant !== known.tenant) refuse('tenantUnavailable', { name: tenant });
  if (environment.toLowerCase() !== known.environment.toLowerCase()) {
    refuse('environmentUnknown', { name: environment });
  }
  const rest = segments.slice(at + 1);
  const root = (length: number): string => `/${segments.slice(0, length).join('/')}`;
  if (segments[at] === 'ODataV4') return { service: 'odata', segments: rest, options, root: root(at + 1) };
  if (rest[0] === 'v2.0') return { service: 'api', segments: rest.slice(1), options, root: root(at + 2) };
  const [publisher = '', group, version, ...behind] = rest;
  const custom = known.customApi;
  if (publisher !== custom?.publisher || group !== custom.group || version !== custom.version) {
    return refuse('segmentUnknown', { segment: publisher });
  }
  return { service: 'custom-api', segments: behind, options, root: root(at + 4) };
}

/** Path segments and query options, decoded. */
export function cutUrl(url: string): Pick<Address, 'segments' | 'options'> {
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  try {
    return {
      segments: path.split('/').filter(Boolean).map(decodeURIComponent),
      options: [...new URLSearchParams(at < 0 ? '' : url.slice(at + 1))],
    };
  } catch {
    return refuse('querySyntax', { why: 'the address cannot be decoded' });
  }
}
