import type { ReturnEvent, ReturnLine } from './event';
import type { Finding } from './finding';

/** The part that has the key of the return itself: what goes on first. */
export const FIRST_PART = 1;
/** The part of the lines that have to wait: a return of its own from then on, with a key of its own. */
export const WAITING_PART = 2;

/** An event of a divided return: what it tells each part; null where it tells a part nothing. */
export interface DividedEvent {
  first: ReturnEvent | null;
  waiting: ReturnEvent | null;
}

/**
 * The lines that would have to wait so that the others can go on; empty where the return must stay whole: something is
 * wrong with the return itself, nothing could go on, goods go out in exchange (which are part of the money), a fee has no
 * place (it belongs to the goods), or it is a part already.
 */
export function linesToWait(event: ReturnEvent, findings: readonly Finding[]): string[] {
  const wrong = new Set<string>();
  for (const { line } of findings) {
    if (typeof line.lineId !== 'string') return [];
    wrong.add(line.lineId);
  }
  const { lines } = event;
  const whole =
    event.part !== undefined ||
    lines.some(({ kind }) => kind === 'exchange') ||
    lines.some(({ id, kind }) => kind === 'fee' && wrong.has(id)) ||
    !lines.some(({ id, kind }) => kind === 'item' && !wrong.has(id));
  return whole ? [] : lines.filter(({ id }) => wrong.has(id)).map(({ id }) => id);
}

/**
 * An event of a divided return, divided. One without lines, such as a cancellation, concerns both parts; one whose lines
 * are all of one part concerns that one only.
 *
 * @param parts part of each line by its id; a line that is not in it goes with the first
 */
export function divideEvent(event: ReturnEvent, parts: ReadonlyMap<string, number>): DividedEvent {
  const waits = ({ id }: ReturnLine): boolean => parts.get(id) === WAITING_PART;
  if (![...parts.values()].includes(WAITING_PART)) return { first: event, waiting: null };
  const waiting = event.lines.filter(waits);
  const first = event.lines.filter((line) => !waits(line));
  const silent = event.lines.length === 0;
  return {
    first: silent || first.length > 0 ? { ...event, lines: first } : null,
    waiting: silent || waiting.length > 0 ? partOf(event, waiting) : null,
  };
}

/** An event of the part that waits: its identity is the event's and the part's. */
function partOf(event: ReturnEvent, lines: ReturnLine[]): ReturnEvent {
  return { ...event, id: `${event.id}~${WAITING_PART}`, part: WAITING_PART, lines };
}
