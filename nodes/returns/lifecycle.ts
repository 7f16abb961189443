import type { ReturnTopic } from './event';

/**
 * Where a return stands, between the customer and the ledger (R23). The order of the list is the order of the way;
 * `rejected`, `cancelled` and `refunded` end it.
 */
export const STAGES = [
  'announced',
  'started',
  'dropped_off',
  'in_transit',
  'received',
  'accepted',
  'rejected',
  'refunded',
  'cancelled',
] as const;

export type Stage = (typeof STAGES)[number];

/** What an event asks for. `return.updated` moves no stage. */
const STAGE_OF_TOPIC: Readonly<Record<ReturnTopic, Stage | null>> = {
  'return.started': 'started',
  'return.dropped_off': 'dropped_off',
  'return.in_transit': 'in_transit',
  'return.received': 'received',
  'return.accepted': 'accepted',
  'return.rejected': 'rejected',
  'return.refunded': 'refunded',
  'return.cancelled': 'cancelled',
  'return.updated': null,
};

/** How far along the way a stage is. Equal ranks are decided by the rules below. */
const RANK: Readonly<Record<Stage, number>> = {
  announced: 0,
  started: 1,
  dropped_off: 2,
  in_transit: 3,
  received: 4,
  accepted: 5,
  rejected: 5,
  refunded: 6,
  cancelled: 1,
};

/** Goods have left the customer: from here on an expiry or a cancellation comes too late. */
const COMMITTED_RANK = RANK.dropped_off;

export type StageChange =
  | { kind: 'moved'; from: Stage; to: Stage }
  /** The event repeats what is known. */
  | { kind: 'unchanged'; stage: Stage }
  /** The event is older than what is known, or no longer possible: recorded, without effect. */
  | { kind: 'late'; stage: Stage; ignored: Stage }
  /** Two facts that exclude each other, for example accepted and rejected: a person must decide. */
  | { kind: 'conflict'; stage: Stage; ignored: Stage };

/**
 * Applies one event to a stage. Stages move forward only; events of one return may come in any order and give the
 * same end (R96), except where they contradict each other, which is reported as `conflict`.
 *
 * Sources: `reference/returns-platforms.md` 4.3 and 4.18 (forward only; expiry is valid only before drop-off).
 */
export function applyTopic(stage: Stage, topic: ReturnTopic): StageChange {
  const target = STAGE_OF_TOPIC[topic];
  if (target === null || target === stage) return { kind: 'unchanged', stage };
  if (target === 'cancelled') return cancel(stage);
  // A cancellation that overtook the goods is corrected by them; a late start is not.
  if (stage === 'cancelled') {
    return RANK[target] >= COMMITTED_RANK
      ? { kind: 'moved', from: stage, to: target }
      : { kind: 'late', stage, ignored: target };
  }
  if (RANK[target] === RANK[stage]) return { kind: 'conflict', stage, ignored: target };
  if (stage === 'rejected' && target === 'refunded') return { kind: 'conflict', stage, ignored: target };
  if (stage === 'refunded' && target === 'rejected') return { kind: 'conflict', stage, ignored: target };
  if (RANK[target] < RANK[stage]) return { kind: 'late', stage, ignored: target };
  return { kind: 'moved', from: stage, to: target };
}

function cancel(stage: Stage): StageChange {
  if (RANK[stage] < COMMITTED_RANK) return { kind: 'moved', from: stage, to: 'cancelled' };
  return { kind: 'late', stage, ignored: 'cancelled' };
}
