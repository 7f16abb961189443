import { RETURN_TOPICS, type ReturnTopic } from '../returns/event';

/**
 * What Happy Returns' words, and those that consultants use, mean for us (R11). The vendor's literals other than
 * `started` could not be confirmed (`reference/returns-platforms.md` 4.5), so the table can be extended in the account
 * node. A word that is not in it is never guessed: the event goes to the exceptions.
 *
 * `approved` moves no stage: at a Return Bar the platform approves at the scan, long before anyone has inspected the
 * goods (4.3), and a credit may not rest on it. Who wants it to count as accepted says so in the account node.
 */
const DEFAULT_WORDS: Readonly<Record<string, ReturnTopic>> = {
  started: 'return.started',
  return_started: 'return.started',
  initiated: 'return.started',
  return_initiated: 'return.started',
  dropped_off: 'return.dropped_off',
  drop_off: 'return.dropped_off',
  dropoff: 'return.dropped_off',
  droppedoff: 'return.dropped_off',
  return_bar_scan: 'return.dropped_off',
  mail_in: 'return.dropped_off',
  mail_in_scan: 'return.dropped_off',
  carrier_scan: 'return.dropped_off',
  in_transit: 'return.in_transit',
  outbound_shipment: 'return.in_transit',
  received: 'return.received',
  item_received: 'return.received',
  return_received: 'return.received',
  item_arrived: 'return.received',
  arrived: 'return.received',
  accepted: 'return.accepted',
  goods_accepted: 'return.accepted',
  rejected: 'return.rejected',
  refunded: 'return.refunded',
  expired: 'return.cancelled',
  cancelled: 'return.cancelled',
  canceled: 'return.cancelled',
  approved: 'return.updated',
  approved_for_refund: 'return.updated',
  approved_for_a_refund: 'return.updated',
};

/** One row of the account node's table: this word means that topic. */
export interface VocabularyRow {
  word: string;
  topic: ReturnTopic;
}

export type Vocabulary = ReadonlyMap<string, ReturnTopic>;

/** The default words with the account's own rows over them. */
export function createVocabulary(rows: readonly VocabularyRow[] = []): Vocabulary {
  const words = new Map<string, ReturnTopic>(Object.entries(DEFAULT_WORDS));
  for (const row of rows) words.set(normaliseWord(row.word), row.topic);
  return words;
}

/** Events whose meaning is in `typeID`, and those that carry a meaning of their own. */
const STATUS_EVENT = 'return_status_updated';
const METHOD_EVENT = 'return_dropoff_method_created';
const LABEL_EVENT = 'return_label_update';

/**
 * The topic of one event of a webhook, or null where a word is not known.
 *
 * @param event  for example `return_status_updated`, or a consultant's `item_received`
 * @param typeId for example `dropped_off`, or a method such as `return-bar`
 */
export function topicOf(
  vocabulary: Vocabulary,
  event: string | null,
  typeId: string | null,
): ReturnTopic | null {
  const name = normaliseWord(event ?? '');
  if (name === METHOD_EVENT || name === LABEL_EVENT) return 'return.updated';
  if (name === STATUS_EVENT) return vocabulary.get(normaliseWord(typeId ?? '')) ?? null;
  return vocabulary.get(name) ?? null;
}

/** `Drop-off`, `drop_off` and `DROP OFF` are one word. */
export function normaliseWord(word: string): string {
  return word
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}

/** True for a text that names a topic, for the validation of the account's table. */
export function isTopic(text: string): text is ReturnTopic {
  return (RETURN_TOPICS as readonly string[]).includes(text);
}
