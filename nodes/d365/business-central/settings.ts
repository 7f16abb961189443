import { z } from 'zod';

/** Where Business Central is reached, in every public environment (`reference/dynamics365.md` B1). */
export const BC_ADDRESS = 'https://api.businesscentral.dynamics.com';

/** A name in an address: nothing else can be published. */
function name(of: string): z.ZodString {
  return z
    .string()
    .trim()
    .regex(/^[A-Za-z_]?\w{0,79}$/, `must be the name of the ${of}, of letters, digits and underscores`);
}

/** The same; blank is the proposal. */
function nameOr(
  of: string,
  proposal: string,
): z.ZodDefault<z.ZodPipe<z.ZodString, z.ZodTransform<string, string>>> {
  return name(of)
    .transform((value) => (value === '' ? proposal : value))
    .default(proposal);
}

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
  /** How a return is posted. Return orders need services and a codeunit that a partner publishes (B5, way 3). */
  bcRoute: z.enum(['credit-memo', 'return-order']).default('credit-memo'),
  /**
   * Whether a draft credit memo is made by copying the invoice where that is open in full (B5, way 2): goods then come back at
   * the cost of the sale (R105). For shops that sell on account; never for return orders.
   */
  bcCorrective: z.enum(['never', 'open-invoice']).default('never'),
  /** What the partner has published them as; the defaults are inferred (B5) [I]. */
  bcReturnOrderPage: nameOr('page', 'SalesReturnOrder'),
  bcReturnLinesPage: nameOr('page', 'SalesReturnOrderSalesLines'),
  /** Units of items and return reasons are used where they are published, in every route; blank: never. */
  bcUnitsPage: name('page').default('ItemUnitsOfMeasure'),
  bcReasonsPage: name('page').default('ReturnReasons'),
  bcPostingService: nameOr('codeunit', 'ReturnPosting'),
  bcReceiveProcedure: nameOr('procedure', 'Receive'),
  bcInvoiceProcedure: nameOr('procedure', 'Invoice'),
  /** The parameter of both that takes the number of the return order. */
  bcPostingParameter: nameOr('parameter', 'returnOrderNo'),
  /** Whether lines of return orders name the item entry of the sale, where it is known: goods come back at its cost (R105). */
  bcExactCost: z.boolean().default(true),
  /**
   * How many days before the event a credit memo of others for the same goods may be of this return; 0: not looked for, where
   * many buyers share a customer account. Blank is the proposal.
   */
  bcOthersDays: z.preprocess(
    (value) => (value === '' ? undefined : value),
    z.coerce.number().int().min(0).max(365).default(30),
  ),
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
  return `${environmentRoot(environmentUrl, environment)}/api/v2.0`;
}

/** Root of what is published as web services (B1). */
export function odataRoot(environmentUrl: string, environment: string): string {
  return `${environmentRoot(environmentUrl, environment)}/ODataV4`;
}

function environmentRoot(environmentUrl: string, environment: string): string {
  const address = (environmentUrl === '' ? BC_ADDRESS : environmentUrl).replace(/\/+$/, '');
  return `${address}/v2.0/${encodeURIComponent(environment)}`;
}
