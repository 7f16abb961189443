import { LedgerError } from '../returns/failure';

/**
 * Where the simulated vendors of this Node-RED can be reached. A Returns Sandbox node offers them; account and
 * connection nodes whose environment is `sandbox` look here, so that an imported example needs no address and no
 * secret. The secrets are drawn anew at each start and never leave the process.
 */
export interface SandboxEndpoint {
  /** For example `http://127.0.0.1:41234/d365`. */
  baseUrl: string;
  /** What a real account would hold: secrets, ids. */
  account: Readonly<Record<string, string>>;
}

const offered = new Map<string, { owner: string; endpoint: SandboxEndpoint }>();
const waiting = new Set<() => void>();

/** Offers a simulated vendor. A second Sandbox node in one Node-RED is refused: which one would be meant? */
export function offerSandbox(owner: string, vendor: string, endpoint: SandboxEndpoint): void {
  const other = offered.get(vendor);
  if (other && other.owner !== owner) {
    throw new LedgerError({
      code: 'sandbox-twice',
      class: 'config',
      message:
        'There is another Returns Sandbox node in this Node-RED; one serves all flows, so delete this one',
    });
  }
  offered.set(vendor, { owner, endpoint });
  for (const wake of waiting) wake();
}

export function withdrawSandbox(owner: string): void {
  for (const [vendor, offer] of offered) if (offer.owner === owner) offered.delete(vendor);
}

/** The simulated vendor, if there is one now. */
export function sandboxNow(vendor: string): SandboxEndpoint | undefined {
  return offered.get(vendor)?.endpoint;
}

/**
 * The simulated vendor, as soon as it is there: nodes of one deploy start in any order.
 * Throws `sandbox-missing` (config) after the limit, in milliseconds.
 */
export async function sandboxEndpoint(
  vendor: string,
  signal: AbortSignal,
  limitMs = 5000,
): Promise<SandboxEndpoint> {
  const found = sandboxNow(vendor);
  if (found) return found;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      waiting.delete(check);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const check = (): void => {
      if (sandboxNow(vendor)) end();
    };
    const timer = setTimeout(end, limitMs);
    waiting.add(check);
    signal.addEventListener('abort', end, { once: true });
  });
  const endpoint = sandboxNow(vendor);
  if (endpoint) return endpoint;
  throw new LedgerError({
    code: 'sandbox-missing',
    class: 'config',
    message:
      'The environment is set to Sandbox, but no Returns Sandbox node is deployed: add one, or choose Live',
  });
}
