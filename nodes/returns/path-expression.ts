import { LedgerError } from './failure';

/** One step of a path: the name of a property or a place in a list. */
type Step = string | number;

const LONGEST = 200;
const STEP = /\.?([A-Za-z_$][\w$-]*)|\[(\d{1,6})\]|\[(?:'([^'\]]{1,100})'|"([^"\]]{1,100})")\]/y;

/**
 * Reads a path to a value of a message, such as `payload.brand`, `payload.lines[0].warehouse` or `parts['a b']`. A
 * leading `msg.` may be left out. It can only look: nothing is called and nothing is computed.
 * Throws `path-invalid` (config).
 */
export function parsePath(text: string): Step[] {
  const path = text.trim().replace(/^msg\./, '');
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const at = STEP.lastIndex;
    const match = STEP.exec(path);
    // A dot parts two names, and nothing else.
    const dotted = path.charAt(at) === '.';
    const named = match?.[1] !== undefined;
    if (!match || (named && dotted !== at > 0)) throw invalid(path);
    steps.push(match[2] === undefined ? (match[1] ?? match[3] ?? match[4] ?? '') : Number(match[2]));
  }
  if (steps.length === 0 || path.length > LONGEST) throw invalid(path);
  return steps;
}

/** The value at the path; undefined where a step leads nowhere. Only what is an object's own is seen. */
export function valueAt(path: readonly Step[], from: unknown): unknown {
  let value = from;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<Step, unknown>)[step];
  }
  return value;
}

function invalid(path: string): LedgerError {
  return new LedgerError({
    code: 'path-invalid',
    class: 'config',
    message: `"${path.slice(0, 60)}" is not a path to a value of the message, such as payload.lines[0].warehouse`,
  });
}
