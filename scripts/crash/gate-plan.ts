import type { ReturnEvent, ReturnTopic } from '../../nodes/returns/event';
import type { SeededRandom } from '../../nodes/sandbox/world';
import type { GateTold } from '../gate-flow';

/** What becomes of the goods of a return; `stuck`: they arrive, and nobody looks at them. */
type Fate = 'accepted' | 'rejected' | 'stuck';

const WAY: readonly ReturnTopic[] = ['return.started', 'return.dropped_off', 'return.received'];

export interface PlannedCase {
  id: string;
  fate: Fate;
  /** In the order in which they are sent: any. */
  events: ReturnEvent[];
  acknowledged: boolean;
}

export function planCases(count: number, random: SeededRandom): PlannedCase[] {
  return Array.from({ length: count }, (_, at) => {
    const id = `G${String(at).padStart(6, '0')}`;
    const draw = random.next();
    const fate: Fate = draw < 0.7 ? 'accepted' : draw < 0.85 ? 'rejected' : 'stuck';
    const topics: ReturnTopic[] = fate === 'stuck' ? [...WAY] : [...WAY, `return.${fate}`];
    return {
      id,
      fate,
      events: random.shuffle(topics).map((topic) => eventOf(id, topic)),
      acknowledged: false,
    };
  });
}

function eventOf(id: string, topic: ReturnTopic): ReturnEvent {
  const at = '2026-02-20T10:00:00.000Z';
  return {
    schema: 1,
    id: `event-${id}-${topic}`,
    topic,
    platform: 'crash',
    brand: 'acme',
    returnId: id,
    platformReturnId: null,
    returnNumber: id,
    order: { number: `O-${id}`, id: null },
    externalRmaId: null,
    occurredAt: at,
    timeBasis: 'platform',
    receivedAt: at,
    purchasedAt: null,
    platformStatus: null,
    shipment: null,
    lines: [],
    customerToken: null,
    flags: [],
  };
}

export interface GateVerdict {
  acknowledged: number;
  /** Let through once, with one confirmation of the refund after it. */
  posted: number;
  parked: Record<string, number>;
  lost: number;
  duplicate: number;
  findings: string[];
  /** Deliveries that were told more than once, because a process died before their flow was done. */
  sentAgain: number;
}

/** Counts from outside what came out for each return: deliveries, whatever the number of times that each was told. */
export function checkGate(planned: readonly PlannedCase[], told: readonly GateTold[]): GateVerdict {
  const verdict: GateVerdict = {
    acknowledged: planned.filter(({ acknowledged }) => acknowledged).length,
    posted: 0,
    parked: {},
    lost: 0,
    duplicate: 0,
    findings: [],
    sentAgain: told.length - new Set(told.map(({ path, delivery }) => `${path} ${delivery}`)).size,
  };
  const byReturn = new Map<string, GateTold[]>();
  for (const one of told) byReturn.set(one.return, [...(byReturn.get(one.return) ?? []), one]);
  for (const one of planned) checkCase(one, byReturn.get(one.id) ?? [], verdict);
  return verdict;
}

/** Which outputs each fate must come out of, once. */
const MEANT: Readonly<Record<Fate, Readonly<Record<string, number>>>> = {
  accepted: { return: 1, refund: 1, rejected: 0 },
  rejected: { return: 0, refund: 0, rejected: 1 },
  stuck: { return: 0, refund: 0, rejected: 0 },
};

function checkCase(
  { id, fate, acknowledged }: PlannedCase,
  told: readonly GateTold[],
  to: GateVerdict,
): void {
  const find = (what: string): void => void to.findings.push(`${id}, ${fate}: ${what}`);
  const deliveries = (path: string): number =>
    new Set(told.filter((one) => one.path === path).map(({ delivery }) => delivery)).size;
  let whole = true;
  for (const [path, meant] of Object.entries(MEANT[fate])) {
    const came = deliveries(path);
    if (came > meant) {
      to.duplicate += 1;
      find(`${came} times at ${path}`);
    }
    if (came < meant && acknowledged) {
      to.lost += 1;
      find(`acknowledged, and ${came} times at ${path}`);
    }
    whole &&= came === meant;
  }
  const firstOf = (path: string): number => told.findIndex((one) => one.path === path);
  if (fate === 'accepted' && whole) {
    if (firstOf('refund') < firstOf('return')) find('its refund was confirmed before it was let through');
    to.posted += 1;
  }
  const late = told.filter(({ path }) => path === 'late');
  for (const code of new Set(late.map((one) => one.code ?? '?')))
    to.parked[code] = (to.parked[code] ?? 0) + 1;
  if (fate === 'rejected' && whole) to.parked['rejected-goods'] = (to.parked['rejected-goods'] ?? 0) + 1;
  if (fate !== 'stuck' || !acknowledged) return;
  const owned = new Set(
    late.filter(({ code }) => code === 'inspection-overdue').map(({ delivery }) => delivery),
  );
  if (owned.size === 1) return;
  if (owned.size === 0) to.lost += 1;
  else to.duplicate += 1;
  find(`its owner was told ${owned.size} times`);
}
