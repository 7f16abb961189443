import { z } from 'zod';

/** Numbers and names in a text field: `5, Cancelled; On hold`. */
const listed = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(/[,;\n]/)
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );

/** By what an original order may be looked for; see {@link BrightpearlSettings.orderKeys}. */
export const ORDER_KEYS = ['reference', 'external', 'order-id'] as const;
export type OrderKey = (typeof ORDER_KEYS)[number];

/** What the dialog of the account node sets. */
export const brightpearlSettingsSchema = z.object({
  name: z.string().default(''),
  environment: z.enum(['live', 'sandbox']).default('live'),
  /** For example `euw1` or `use1`: the first part of the address that the account's pages are on. */
  dataCentre: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^[a-z0-9-]{0,32}$/, 'is the short name only, such as euw1')
    .default(''),
  /** The account code, as it stands in the address of the account. */
  account: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9_-]{0,64}$/, 'is the account code only, without an address')
    .default(''),
  /** Where the API is, if not at the data centre's usual address; without a path. */
  apiUrl: z.string().trim().default(''),
  /**
   * `oauth`: an instance app that the account has allowed, with a pool of calls of its own; `staff`: a private staff
   * app, whose token acts for a member of staff; `system`: a private system app, which the vendor is phasing out.
   */
  authKind: z.enum(['oauth', 'staff', 'system']).default('oauth'),
  /** Reference of the developer account, for an instance app. */
  devRef: z.string().trim().default(''),
  /** Where an instance app gets its tokens, if not at the vendor's usual address. */
  oauthUrl: z.string().trim().default(''),
  appRef: z.string().trim().default(''),
  /** Of the app in this account; with `externalRef` it is the unique key of everything that is created. */
  instanceId: z.coerce.number().int().min(0).default(0),
  /** Where the order of a return is looked for, one after another. */
  orderKeys: z.array(z.enum(ORDER_KEYS)).min(1, 'choose at least one').default(['reference']),
  /** Statuses, by number or name, in which an order may not be touched. */
  lockedStatuses: listed,
  /** Statuses that mean cancelled, for orders and credits. */
  cancelledStatuses: listed,
  timeoutSeconds: z.coerce.number().min(1).max(600).default(30),
  concurrency: z.coerce.number().int().min(1).max(32).default(4),
  /** The vendor's ceiling for all private apps of an account together is 200. */
  callsPerMinute: z.coerce.number().int().min(1).max(100_000).default(200),
  /** How long calls are gathered, so that one fetches for many; in milliseconds. */
  gatherMs: z.coerce.number().int().min(0).max(5000).default(150),
  /** Whether several documents may be written in one request. */
  writeTogether: z.boolean().default(true),
  /** For how long tax codes, statuses and the like are kept, in minutes. */
  masterMinutes: z.coerce.number().min(1).max(1440).default(30),
  /** For how long the lock of the accounting period is kept, in minutes. */
  lockMinutes: z.coerce.number().min(0).max(1440).default(5),
  retryFirstSeconds: z.coerce.number().min(1).max(3600).default(15),
  retryHours: z.coerce.number().min(0).max(720).default(24),
  /** How long a locked order is waited for, and how long after the first look the second one comes. */
  stateHours: z.coerce.number().min(0).max(2160).default(72),
  stateFirstMinutes: z.coerce.number().min(0.05).max(1440).default(5),
});

export type BrightpearlSettings = z.infer<typeof brightpearlSettingsSchema>;

/** Where the API of an account is, for example `https://euw1.brightpearlconnect.com/public-api/acme`. */
export function apiRoot(settings: Pick<BrightpearlSettings, 'apiUrl' | 'dataCentre' | 'account'>): string {
  const host =
    settings.apiUrl === ''
      ? `https://${settings.dataCentre}.brightpearlconnect.com`
      : settings.apiUrl.replace(/\/+$/, '');
  return `${host}/public-api/${settings.account}`;
}

/** The headers that say who calls (help 211124966, 4414311366545 and 4414330000657). */
export function identity(
  settings: Pick<BrightpearlSettings, 'authKind' | 'appRef' | 'devRef'>,
  token: string,
): Record<string, string> {
  const app = { 'brightpearl-app-ref': settings.appRef };
  switch (settings.authKind) {
    case 'oauth':
      return { ...app, 'brightpearl-dev-ref': settings.devRef, authorization: `Bearer ${token}` };
    case 'staff':
      return { ...app, 'brightpearl-staff-token': token };
    case 'system':
      return { ...app, 'brightpearl-account-token': token };
  }
}

/** Gives the token of each call; one that was refused may be renewed. */
export interface TokenOf {
  token(signal?: AbortSignal): Promise<string>;
  /** A new token for one that was refused; null where there is no other. */
  renew(refused: string, signal?: AbortSignal): Promise<string | null>;
}

/** The token of a private app: there is only the one. */
export function fixedToken(token: string): TokenOf {
  return { token: () => Promise.resolve(token), renew: () => Promise.resolve(null) };
}
