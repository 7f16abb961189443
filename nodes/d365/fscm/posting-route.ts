import { LedgerError } from '../../returns/failure';
import type { D365Client } from './client';
import type { D365Row } from './rows';
import type { D365Settings } from '../settings';

/** What is posted in Finance & SCM after a document has been made over OData. */
export type PostingStep = 'arrival' | 'packing-slip' | 'invoice' | 'payment';

/** What is posted in a step, for the status of a node: it has room for about 30 characters. */
const STEPS: Readonly<Record<PostingStep, string>> = {
  arrival: 'arrival',
  'packing-slip': 'packing slip',
  invoice: 'credit note',
  payment: 'payment',
};

/** What the custom service answered (A7). */
export type ServiceAnswer = { posted: true; number: string } | { posted: false; messages: readonly string[] };

type RouteSettings = Pick<
  D365Settings,
  | 'posting'
  | 'servicePath'
  | 'serviceParameter'
  | 'serviceArrival'
  | 'servicePackingSlip'
  | 'serviceInvoice'
  | 'servicePayment'
  | 'serviceNames'
>;

/**
 * How Finance & SCM posts what was made over OData, which has no action for it (`reference/dynamics365.md` A7): a custom
 * service of the customer, or the product's own batch jobs, which are waited for.
 */
export class PostingRoute {
  constructor(
    private readonly client: Pick<D365Client, 'service'>,
    private readonly settings: RouteSettings,
  ) {}

  /** Whether the custom service does this step; else a batch job does it. */
  byService(step: PostingStep): boolean {
    return this.settings.posting === 'service' && this.operation(step) !== '';
  }

  /**
   * Has the custom service post. Its answer is told, not judged: whether the document is posted is read from the document.
   *
   * @param request fields by the names of the proposed contract (A7); the connection's own names take their place
   */
  async post(step: PostingStep, request: D365Row, signal?: AbortSignal): Promise<ServiceAnswer> {
    const path = `${withoutEnd(this.settings.servicePath)}/${this.operation(step)}`;
    const body = { [this.settings.serviceParameter]: this.renamed(request) };
    const answer = await this.client.service(path, body, signal);
    if (answer[this.theirs('Success')] === true) {
      const number = answer[this.theirs('DocumentNumber')];
      return { posted: true, number: typeof number === 'string' ? number : '' };
    }
    const messages = answer[this.theirs('Messages')];
    return { posted: false, messages: Array.isArray(messages) ? messages.map(String) : [] };
  }

  /** The error that makes a delivery wait in the store until the document is posted (state-blocked). */
  notPosted(step: PostingStep, document: string): LedgerError {
    const service = this.byService(step);
    const who = service ? 'The posting service' : 'The batch job of Dynamics 365';
    return new LedgerError({
      code: `d365-${step}-not-posted`,
      class: 'state-blocked',
      message: `${who} has not posted ${document} yet`,
      details: { by: service ? 'service' : 'job' },
    });
  }

  private operation(step: PostingStep): string {
    const { serviceArrival, servicePackingSlip, serviceInvoice, servicePayment } = this.settings;
    return {
      arrival: serviceArrival,
      'packing-slip': servicePackingSlip,
      invoice: serviceInvoice,
      payment: servicePayment,
    }[step];
  }

  private renamed(request: D365Row): D365Row {
    return Object.fromEntries(Object.entries(request).map(([name, value]) => [this.theirs(name), value]));
  }

  private theirs(name: string): string {
    return this.settings.serviceNames.find(({ ours }) => ours === name)?.theirs ?? name;
  }
}

/** States of a return order that are waited for. */
const STATES: Readonly<Record<string, string>> = {
  'return-order-missing': 'return order',
  'return-order-locked': 'stopped order',
  'd365-package-running': 'data package',
};

/**
 * What a return waits for by the code of an error, for the status of a node, such as `credit note job`; null where it waits
 * for something else.
 */
export function waitsForPosting(error: LedgerError): string | null {
  const step = /^d365-(arrival|packing-slip|invoice|payment)-not-posted$/.exec(error.code)?.[1];
  if (step === undefined) return STATES[error.code] ?? null;
  const by = error.details['by'] === 'service' ? 'service' : 'job';
  return `${STEPS[step as PostingStep]} ${by}`;
}

function withoutEnd(path: string): string {
  return path.replace(/\/+$/, '');
}
