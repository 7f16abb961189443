import { randomUUID } from 'node:crypto';
import type { SimulatedRequest, SimulatedResponse } from '../simulator';
import { postArrivalJournal } from './arrival-posting';
import { postCreditNote } from './credit-note';
import { text, type Erp } from './erp';
import type { Row } from './odata-filter';
import { postPackingSlip } from './packing-slip';
import { postPaymentJournal } from './payment-posting';
import { attempt, type Posted } from './posting';

interface Request {
  values: Row;
  lots: string[];
  quantities: Record<string, number>;
}

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };

/**
 * The posting service that a customer adds (A7): our own contract, not Microsoft's. `postPaymentJournal` is there in
 * the same manner [I]. What posting refuses is `Success: false`, or a fault where the service throws.
 */
export function customService(erp: Erp, request: SimulatedRequest, fault: boolean): SimulatedResponse {
  const operation = request.url.split('?')[0]?.split('/').at(-1) ?? '';
  const work = OPERATIONS[operation];
  if (!work || request.method !== 'POST') return { status: 404 };
  if (fault) return serviceFault('Exception has been thrown by the target of an invocation.');
  const given = readContract(request.body.toString());
  if (!given) return serviceFault('The parameter _request is missing.');
  const { success, documentNumber, messages } = attempt(erp, () => work(erp, given));
  if (!success && erp.rules.serviceThrows) return serviceFault(messages.join(' '));
  return {
    status: 200,
    headers: JSON_HEADERS,
    body: JSON.stringify({ $id: '1', Success: success, DocumentNumber: documentNumber, Messages: messages }),
  };
}

const OPERATIONS: Readonly<Record<string, (erp: Erp, request: Request) => Posted>> = {
  postArrivalJournal: (erp, { values }) =>
    postArrivalJournal(erp, companyIn(erp, values), text(values, 'JournalNumber')),
  postReturnPackingSlip: (erp, { values, lots, quantities }) =>
    postPackingSlip(erp, companyIn(erp, values), {
      number: text(values, 'ReturnOrderNumber'),
      packingSlipId: text(values, 'PackingSlipId'),
      ...dated('date', text(values, 'PackingSlipDate')),
      lots,
      quantities,
    }),
  postReturnInvoice: (erp, { values }) =>
    postCreditNote(erp, companyIn(erp, values), {
      number: text(values, 'ReturnOrderNumber'),
      ...dated('invoiceDate', text(values, 'InvoiceDate')),
    }),
  postPaymentJournal: (erp, { values }) =>
    postPaymentJournal(erp, companyIn(erp, values), text(values, 'JournalBatchNumber')),
};

/** A day of the request as an instant; nothing where it is blank. */
function dated<Name extends string>(name: Name, day: string): Partial<Record<Name, string>> {
  if (day === '') return {};
  return { [name]: new Date(`${day.slice(0, 10)}T12:00:00Z`).toISOString() } as Record<Name, string>;
}

function companyIn(erp: Erp, values: Row): string {
  return text(values, 'DataAreaId') || erp.data.company;
}

/** The one parameter of every operation; `Quantities` names units by lot [I]. */
function readContract(body: string): Request | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return null;
  }
  const request = (parsed as { _request?: unknown } | null)?._request;
  if (typeof request !== 'object' || request === null) return null;
  const { Lots, Quantities, ...values } = request as Record<string, unknown>;
  return {
    values: values as Row,
    lots: Array.isArray(Lots) ? Lots.map(String) : [],
    quantities: (Quantities ?? {}) as Record<string, number>,
  };
}

/** The fault of a custom service (A2.1), with the word that is misspelt there. */
function serviceFault(reason: string): SimulatedResponse {
  return {
    status: 500,
    headers: JSON_HEADERS,
    body: JSON.stringify({
      Message: `An exception occured when invoking the operation - ${reason}`,
      ExceptionType: 'XppServiceException',
      ActivityId: randomUUID(),
    }),
  };
}
