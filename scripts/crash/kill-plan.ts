import { FAULT_POINTS, type FaultPoint } from '../../nodes/store/fault-point';
import type { SeededRandom } from '../../nodes/sandbox/world';

/** What has to happen besides the load for a point to be reached. */
export type Stimulus = 'resume' | 'outage' | 'deploy';

interface PointPlan {
  /** It is armed for the n-th time that a process comes there, with n drawn from 1 to this. */
  most: number;
  stimulus?: Stimulus;
}

/**
 * Where a process is made to kill itself. A later vendor's points join with a line each: one that is missing here does
 * not compile. `null`: no node comes there yet.
 */
export const POINTS: Readonly<Record<FaultPoint, PointPlan | null>> = {
  'received-before-stored': { most: 40 },
  'stored-before-answer': { most: 40 },
  'answered-before-emit': { most: 40 },
  // Each source comes there once at its start.
  'released-before-emit': { most: 2 },
  emitted: { most: 40 },
  validated: { most: 40 },
  'intent-before-call': { most: 12 },
  'answer-before-stored': { most: 12 },
  'header-before-lines': { most: 12 },
  'outcome-before-next': { most: 12 },
  'exception-before-sent': { most: 4, stimulus: 'resume' },
  'exception-parked': { most: 4, stimulus: 'resume' },
  'resumed-before-emit': { most: 1, stimulus: 'resume' },
  'done-before-settled': { most: 40 },
  settled: { most: 40 },
  waiting: { most: 10, stimulus: 'outage' },
  // The store can prune itself, but no node asks it to yet.
  compaction: null,
  closing: { most: 1, stimulus: 'deploy' },
};

export type Kill =
  | { kind: 'point'; point: FaultPoint; pass: number; stimulus: Stimulus | null }
  | { kind: 'during-call' | 'committed-before-reply'; after: number }
  /** So many milliseconds of work, and then into the deploy. */
  | { kind: 'during-redeploy'; workMs: number; intoMs: number }
  /** So many milliseconds after it was started. */
  | { kind: 'random'; afterMs: number };

export interface KillPlan {
  /** Kills for each named point, from inside, from the ERP's side, and during a redeploy. */
  each: number;
  random: number;
}

/** The kills of a run, in shuffled order. */
export function planKills({ each, random: atRandom }: KillPlan, random: SeededRandom): Kill[] {
  const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
  const points = FAULT_POINTS.flatMap((point) => {
    const plan = POINTS[point];
    if (plan === null) return [];
    return times(each, (): Kill => ({
      kind: 'point',
      point,
      pass: random.between(1, plan.most),
      stimulus: plan.stimulus ?? null,
    }));
  });
  const erp = (['during-call', 'committed-before-reply'] as const).flatMap((kind) =>
    times(each, (): Kill => ({ kind, after: random.between(0, 15) })),
  );
  const redeploys = times(each, (): Kill => ({
    kind: 'during-redeploy',
    workMs: random.between(0, 1500),
    intoMs: random.between(0, 400),
  }));
  const rest = times(atRandom, (): Kill => ({ kind: 'random', afterMs: random.between(50, 4000) }));
  return random.shuffle([...points, ...erp, ...redeploys, ...rest]);
}

/** What a kill is counted under. */
export function nameOf(kill: Kill): string {
  return kill.kind === 'point' ? kill.point : kill.kind;
}
