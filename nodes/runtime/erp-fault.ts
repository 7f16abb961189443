import type { ExceptionCode } from '../returns/exception-catalogue';
import type { FailureClass, LedgerError } from '../returns/failure';
import { redact } from './redact';

const CODE_OF_CLASS: Readonly<Record<FailureClass, ExceptionCode>> = {
  transient: 'erp-unavailable',
  'rate-limited': 'erp-unavailable',
  'state-blocked': 'erp-unavailable',
  ambiguous: 'erp-outcome-unknown',
  'data-invalid': 'erp-refused',
  auth: 'erp-unauthorized',
  config: 'node-misconfigured',
};

/**
 * The exception that a failed call to an ERP becomes, so that the return is parked and seen instead of lost with an
 * error in the log.
 */
export function erpFault(error: LedgerError): {
  code: ExceptionCode;
  class: FailureClass;
  what: string;
  detail: string;
} {
  return {
    code: CODE_OF_CLASS[error.class],
    class: error.class,
    what: redact(error.message).slice(0, 500),
    detail: redact(`${error.code}: ${error.message}`).slice(0, 2000),
  };
}
