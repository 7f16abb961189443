import { z } from 'zod';

/** Where Business Central is reached, in every public environment (`reference/dynamics365.md` B1). */
export const BC_ADDRESS = 'https://api.businesscentral.dynamics.com';

/**
 * What a connection to Business Central holds besides what both products have. They stand beside those of Finance & SCM in
 * one dialog, so each begins with `bc`.
 */
export const bcSettings = {
  /** Name of the environment in the path of every call (B1). */
  bcEnvironment: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,29}$/, 'enter the name of the environment, such as production')
    .default('production'),
  /** The field of the posted invoice that holds the order number which the returns platform knows (B6, B-1). */
  bcOrderField: z.enum(['externalDocumentNumber', 'orderNumber']).default('externalDocumentNumber'),
  /** The unit code that means a single piece. */
  bcEachUnit: z.string().trim().min(1).max(10).default('PCS'),
  /** How a return is posted. Return orders need services or extensions that differ from customer to customer (B5). */
  bcRoute: z.enum(['credit-memo']).default('credit-memo'),
  /** Calls under way at a time: Business Central works on five of a user at once, and queues the rest (B3). */
  bcConcurrency: z.coerce.number().int().min(1).max(95).default(5),
  /** Calls a minute: 6,000 in five minutes of one user (B3); blank for no limit of our own. */
  bcCallsPerMinute: z
    .union([z.literal(''), z.coerce.number().int().min(1, 'must be at least 1, or blank').max(100_000)])
    .default(1200)
    .transform((value) => (value === '' ? null : value)),
};

/** Root of API v2.0 of one environment, without a slash at the end. */
export function apiRoot(environmentUrl: string, environment: string): string {
  const address = (environmentUrl === '' ? BC_ADDRESS : environmentUrl).replace(/\/+$/, '');
  return `${address}/v2.0/${encodeURIComponent(environment)}/api/v2.0`;
}
