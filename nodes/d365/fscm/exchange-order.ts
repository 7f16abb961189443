import type { PostedDocument, ReturnEvent } from '../../returns/event';
import { LedgerError } from '../../returns/failure';
import type { PostedDocuments, ExchangePolicy } from '../documents';
import type { FscmParts } from './parts';

export function createExchange(
  _event: ReturnEvent,
  _known: readonly PostedDocument[],
  _policy: ExchangePolicy,
  _parts: FscmParts,
  _signal?: AbortSignal,
): Promise<PostedDocuments> {
  throw new LedgerError({ code: 'not-there', class: 'config', message: 'not there yet' });
}
