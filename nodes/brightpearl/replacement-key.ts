import type { ReturnEvent } from '../returns/event';
import { documentReference } from '../runtime/document-reference';
import { idOf, type SearchRow } from './search';

const SUFFIX = '-X';

/** Our reference on the replacement order of a return: with the integration instance it is the order's unique key. */
export function replacementReference(event: ReturnEvent): string {
  return `${documentReference(event)}${SUFFIX}`;
}

/**
 * Whether a sales order that was searched for is a replacement of ours. It carries the customer reference of the
 * original order, so that people find both; taken for an original, it would make that one ambiguous.
 */
export function isReplacement(row: SearchRow, instanceId: number): boolean {
  const ours = instanceId > 0 && idOf(row, 'installedIntegrationInstanceId') === instanceId;
  return ours && String(row['externalRef'] ?? '').endsWith(SUFFIX);
}
