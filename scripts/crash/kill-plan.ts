import { FAULT_POINTS, type D365FaultPoint, type FaultPoint } from '../../nodes/store/fault-point';
import type { SeededRandom } from '../../nodes/sandbox/world';

/** What has to happen besides the load for a point to be reached. */
export type Stimulus = 'resume' | 'outage' | 'deploy' | 'prune';

interface PointPlan {
  /** It is armed for the n-th time that a process comes there, with n drawn from 1 to this. */
  most: number;
  /** How often a process comes there for each delivery that is open when it starts: n is drawn from more then. */
  eachOpen?: number;
  stimulus?: Stimulus;
}

/**
 * Where a process is made to kill itself. A later vendor's points join with a line each: one that is missing here does
 * not compile.
 */
export const POINTS: Readonly<Record<FaultPoint | D365FaultPoint, PointPlan>> = {
  'received-before-stored': { most: 40 },
  'stored-before-answer': { most: 40 },
  'answered-before-emit': { most: 40 },
  // Each source comes there once at its start.
  'released-before-emit': { most: 2 },
  emitted: { most: 40, eachOpen: 0.9 },
  validated: { most: 40, eachOpen: 0.9 },
  'intent-before-call': { most: 10, eachOpen: 0.2 },
  'answer-before-stored': { most: 10, eachOpen: 0.2 },
  'header-before-lines': { most: 10, eachOpen: 0.2 },
  'outcome-before-next': { most: 10, eachOpen: 0.2 },
  'exception-before-sent': { most: 4, stimulus: 'resume' },
  'exception-parked': { most: 4, stimulus: 'resume' },
  'resumed-before-emit': { most: 1, stimulus: 'resume' },
  'done-before-settled': { most: 40, eachOpen: 0.9 },
  settled: { most: 40, eachOpen: 0.9 },
  waiting: { most: 10, stimulus: 'outage' },
  compaction: { most: 5, stimulus: 'prune' },
  closing: { most: 1, stimulus: 'deploy' },
  'arrival-before-posting': { most: 4, eachOpen: 0.05 },
  'arrival-before-read-back': { most: 4, eachOpen: 0.05 },
  'slip-before-invoice': { most: 4, eachOpen: 0.05 },
  'credit-before-read-back': { most: 4, eachOpen: 0.05 },
  'refund-before-posting': { most: 4, eachOpen: 0.05 },
  'refund-before-read-back': { most: 4, eachOpen: 0.05 },
  'exchange-before-read-back': { most: 2, eachOpen: 0.02 },
  'draft-before-post': { most: 4, eachOpen: 0.05 },
  'memo-before-read-back': { most: 4, eachOpen: 0.05 },
};

export type Kill = (
  | { kind: 'point'; point: FaultPoint | D365FaultPoint }
  | { kind: 'during-call' | 'committed-before-reply' | 'half-done' }
  | { kind: 'during-redeploy' }
  | { kind: 'random' }
) & {
  /** It was not reached before: now it comes at the first chance. */
  again?: boolean;
};

export interface KillPlan {
  /** Kills for each named point, from inside, from the ERP's side, and during a redeploy. */
  each: number;
  random: number;
}

/** What the pairs of vendors of a run come to. */
export interface Reachable {
  /** Named points that a node of some flow comes to. */
  points: readonly (FaultPoint | D365FaultPoint)[];
  /** Whether an ERP takes several documents in one request, which can be half done. */
  halfDone: boolean;
  /** During redeploys as well; yes unless said otherwise. */
  everywhere?: boolean;
}

export const EVERYTHING: Reachable = { points: FAULT_POINTS, halfDone: true };

/** The kills of a run, in shuffled order. */
export function planKills(
  { each, random: atRandom }: KillPlan,
  random: SeededRandom,
  { points, halfDone, everywhere = true }: Reachable = EVERYTHING,
): Kill[] {
  const times = (count: number, kill: Kill): Kill[] => Array.from({ length: count }, () => kill);
  return random.shuffle([
    ...points.flatMap((point) => times(each, { kind: 'point', point })),
    ...times(each, { kind: 'during-call' }),
    ...times(each, { kind: 'committed-before-reply' }),
    ...times(halfDone ? each : 0, { kind: 'half-done' }),
    ...times(everywhere ? each : 0, { kind: 'during-redeploy' }),
    ...times(atRandom, { kind: 'random' }),
  ]);
}

/** What a kill is counted under. */
export function nameOf(kill: Kill): string {
  return kill.kind === 'point' ? kill.point : kill.kind;
}

/** The moment of a kill: in the middle of what there is to do, so that the returns get done between the kills. */
export interface Moment {
  /** The pass at which a point is armed. */
  pass: number;
  stimulus: Stimulus | null;
  /** Writes to the ERP that are let through before. */
  writes: number;
  /** Milliseconds after the start of the process, or of its flows. */
  afterMs: number;
}

/** Of a longer backlog only so much is done in one life. */
const MOST_OPEN = 1500;
const MS_EACH_OPEN = 3;

/** How many requests that write are let through before one is caught. */
export interface Writes {
  most: number;
  eachOpen: number;
}

/** Draws the moment of a kill of a process that finds so many deliveries open; of these, so many are of each pair, and so many can be done in one life. */
export function drawMoment(
  kill: Kill,
  open: number,
  random: SeededRandom,
  { writes, pairs, mostOpen = MOST_OPEN }: { writes: Writes; pairs: number; mostOpen?: number | undefined },
): Moment {
  const backlog = Math.min(open, mostOpen);
  const plan = kill.kind === 'point' ? POINTS[kill.point] : null;
  // What is written together is a part of all writes.
  const mostWrites = kill.kind === 'half-done' ? Math.min(2, writes.most) : writes.most;
  const most = (plan?.most ?? 1) + Math.floor((plan?.eachOpen ?? 0) * backlog);
  return {
    pass: kill.again ? 1 : random.between(1, most),
    stimulus: plan?.stimulus ?? null,
    writes: kill.again ? 0 : random.between(0, mostWrites + Math.floor((writes.eachOpen * backlog) / pairs)),
    afterMs: random.between(50, (kill.kind === 'random' ? 3500 : 1500) + MS_EACH_OPEN * backlog),
  };
}
