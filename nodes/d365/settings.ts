import { z } from 'zod';
import { bcSettings } from './business-central/settings';

/** It becomes an element of an XML document. */
const elementName = z
  .string()
  .trim()
  .regex(/^[A-Za-z_]\w{0,79}$/, 'must be the name of an entity: letters, digits and _');

/**
 * What a connection to Dynamics 365 holds beside its secret. What `reference/dynamics365.md` leaves open (D3), or what differs
 * between environments, is a setting. What begins with `bc` is for Business Central; what tells of batch jobs, services,
 * invoices and sign-in versions is for Finance & Supply Chain Management.
 */
export const d365SettingsSchema = z.object({
  name: z.string().default(''),
  environment: z.enum(['live', 'sandbox']).default('live'),
  product: z.enum(['fscm', 'bc']).default('fscm'),
  environmentUrl: z.string().trim().default(''),
  authorityUrl: z.string().trim().default(''),
  tenant: z.string().trim().default(''),
  clientId: z.string().trim().default(''),
  /** The legal entity (`dataAreaId`), for example `usrt`; in Business Central the name of the company, or its id. */
  company: z
    .string()
    .trim()
    .min(1, 'enter the company: the legal entity, such as usmf, or its name in Business Central'),
  tokenVersion: z.enum(['v2', 'v1']).default('v2'),
  /** The field of the sales order that holds the order number which the returns platform knows. */
  orderField: z
    .enum(['CustomersOrderReference', 'SalesOrderNumber', 'CustomerRequisitionNumber'])
    .default('CustomersOrderReference'),
  /** The unit symbol that means a single piece. */
  eachUnit: z.string().trim().min(1).default('ea'),
  /**
   * How long a call whose answer was lost is left alone before it is looked up, in seconds. D365 has no unique key
   * for return orders; without this wait 16 % were posted twice in the experiment (`reference/reliability.md`).
   */
  settleSeconds: z.coerce.number().min(0).max(3600).default(120),
  timeoutSeconds: z.coerce.number().min(1).max(600).default(60),
  /** Whether the original order must be invoiced before a return order is made (A14, F-1 step 3). */
  requireInvoice: z.boolean().default(true),
  /** Whether lines name the lot of the original sale (`ReturningInventoryLotId`); not confirmed over OData (D3) [U]. */
  linkSale: z.boolean().default(false),
  /** Field of the released product that holds the cost of a unit, sent as `ReturnUnitCost`; blank: none is sent [U]. */
  unitCostField: z
    .string()
    .trim()
    .regex(/^([A-Za-z]\w{0,79})?$/, 'must be the name of a field of ReleasedProductsV2, or blank')
    .default(''),
  /** Calls under way at a time; 52 is the product's old limit for each user and server (A3). */
  concurrency: z.coerce.number().int().min(1).max(52).default(8),
  /** Calls a minute; blank where the environment names no limit (A3: it throttles by its load). */
  /**
   * Dynamics 365 posts nothing over OData (`reference/dynamics365.md` A7): its own batch jobs do it, or a service that
   * the customer's partner adds.
   */
  posting: z.enum(['batch-job', 'service']).default('batch-job'),
  /** Where that service is, below the environment's address; the proposal of the reference is the default. */
  servicePath: z.string().trim().default('/api/services/RetConnectorServiceGroup/RetConnectorService'),
  /** The one parameter of its operations, in X++. */
  serviceParameter: z.string().trim().default('_request'),
  /** Its operations; a blank one is not there, and the batch job does that step. */
  serviceArrival: z.string().trim().default('postArrivalJournal'),
  servicePackingSlip: z.string().trim().default('postReturnPackingSlip'),
  serviceInvoice: z.string().trim().default('postReturnInvoice'),
  servicePayment: z.string().trim().default('postPaymentJournal'),
  /** Fields of the contract that are called otherwise in this service: ours → theirs. */
  serviceNames: z
    .array(z.object({ ours: z.string().trim().min(1), theirs: z.string().trim().min(1) }))
    .default([]),
  /** The data project that arrival journals are imported with in bulk, and what its package calls their entities (A12) [U]. */
  arrivalProject: z.string().trim().min(1).default('ReturnsLedgerArrivals'),
  arrivalComposite: z.string().trim().min(1).default('Item arrival journals V2'),
  arrivalHeader: elementName.default('WMSITEMARRIVALJOURNALHEADERV2ENTITY'),
  arrivalLine: elementName.default('WMSITEMARRIVALJOURNALLINEV2ENTITY'),
  /** The same for customer payment journals. */
  paymentProject: z.string().trim().min(1).default('ReturnsLedgerRefunds'),
  paymentComposite: z.string().trim().min(1).default('Customer payment journal'),
  paymentHeader: elementName.default('CUSTPAYMENTJOURNALHEADERENTITY'),
  paymentLine: elementName.default('CUSTPAYMENTJOURNALLINEENTITY'),
  /** How often a document that is not posted yet, or an order in the wrong state, is looked at, and for how long. */
  stateFirstMinutes: z.coerce.number().min(0.01, 'must be more than 0').max(1440).default(1),
  stateHours: z.coerce.number().min(0, 'must be 0 or more').max(2160).default(48),
  callsPerMinute: z
    .union([z.literal(''), z.coerce.number().int().min(1, 'must be at least 1, or blank').max(100_000)])
    .default('')
    .transform((value) => (value === '' ? null : value)),
  ...bcSettings,
  /** The first wait of a delivery that could not be posted, and for how long it is tried again. */
  retryFirstSeconds: z.coerce.number().min(1, 'must be at least 1').max(3600).default(15),
  retryHours: z.coerce.number().min(0, 'must be 0 or more').max(720).default(24),
});

export type D365Settings = z.infer<typeof d365SettingsSchema>;

export const DEFAULT_AUTHORITY = 'https://login.microsoftonline.com';
