import type { PostedDocument, ReturnEvent } from '../../returns/event';
import { LedgerError } from '../../returns/failure';
import type { PostedDocuments, ArrivalPolicy } from '../documents';
import type { FscmParts } from './parts';

export function receiveGoods(
  _event: ReturnEvent,
  _known: readonly PostedDocument[],
  _policy: ArrivalPolicy,
  _parts: FscmParts,
  _signal?: AbortSignal,
): Promise<PostedDocuments> {
  throw new LedgerError({ code: 'not-there', class: 'config', message: 'not there yet' });
}
