import type { SimulatedRequest } from '../simulator';
import { API_USER } from './records';
import type { BrightpearlAuthOptions } from './simulator-types';

/** The text of a captured 401; it stands in `response`, not in `errors`. */
export const NOT_AUTHENTICATED = {
  response: 'Not authenticated. You must provide a valid authentication token.',
};

/** The text of a captured throttle reply. */
export const TOO_MANY_REQUESTS = {
  response: 'You have sent too many requests. Please wait before sending another request',
};

/** The staff member that a call acts for, or null where it does not identify itself. */
export function authenticate(request: SimulatedRequest, auth: BrightpearlAuthOptions): number | null {
  if (header(request, 'brightpearl-app-ref') !== auth.appRef) return null;
  const { oauth } = auth;
  const authorization = header(request, 'authorization');
  if (authorization !== undefined) {
    const named = oauth !== undefined && header(request, 'brightpearl-dev-ref') === oauth.devRef;
    return named && authorization === `Bearer ${oauth.token}` ? API_USER : null;
  }
  const account = header(request, 'brightpearl-account-token');
  if (account !== undefined && account === auth.accountToken) return API_USER;
  const staff = header(request, 'brightpearl-staff-token') ?? account;
  return staff === undefined ? null : (auth.staffTokens?.[staff] ?? null);
}

function header(request: SimulatedRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
