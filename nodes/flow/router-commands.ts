import { z } from 'zod';
import { LedgerError } from '../returns/failure';
import type { ExceptionFilter, ExceptionSelection, ParkedException } from '../store/store';

/** What can be asked of the Exception Router with `msg.command`. */
export const COMMANDS = ['list', 'resume'] as const;

const filterSchema = z.object({
  id: z.string().optional(),
  owner: z.string().optional(),
  code: z.string().optional(),
  status: z.enum(['open', 'resumed', 'closed']).optional(),
  limit: z.coerce.number().int().min(1).max(1000).optional(),
  offset: z.coerce.number().int().min(0).optional(),
  all: z.boolean().optional(),
});

export type RouterCommand =
  { command: 'list'; filter: ExceptionFilter } | { command: 'resume'; selection: ExceptionSelection };

/**
 * Reads a command message; null where the message is none. Throws `command-invalid` that says what may be sent.
 *
 * `msg.command` is `list` or `resume`; `msg.payload` narrows it down: `{ id }`, `{ code }`, `{ owner }`, and for
 * `list` also `{ status, limit, offset }`. To resume everything, say so: `{ all: true }`.
 */
export function readCommand(command: unknown, payload: unknown): RouterCommand | null {
  if (command === undefined || command === null || command === '') return null;
  if (command !== 'list' && command !== 'resume') {
    throw invalid(`msg.command can be ${COMMANDS.join(' or ')}, but is something else`);
  }
  const isObject = typeof payload === 'object' && payload !== null;
  const parsed = filterSchema.safeParse(isObject ? payload : {});
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join('.') ?? '';
    throw invalid(
      `msg.payload.${field} does not fit: it takes id, code, owner, status, limit, offset or all`,
    );
  }
  const { id, owner, code, status, limit, offset, all } = parsed.data;
  if (command === 'list') {
    const filter: ExceptionFilter = { limit: limit ?? 100, status: status ?? 'open' };
    if (owner !== undefined) filter.owner = owner;
    if (code !== undefined) filter.code = code;
    if (offset !== undefined) filter.offset = offset;
    return { command, filter };
  }
  if (id !== undefined) return { command, selection: { ids: [id] } };
  if (code !== undefined) return { command, selection: { code } };
  if (owner !== undefined) return { command, selection: { owner } };
  if (all === true) return { command, selection: { all: true } };
  throw invalid(
    'To resume, put { "id": … }, { "code": … }, { "owner": … } or { "all": true } into msg.payload',
  );
}

/** An exception as a list shows it: for people, without the stored message. */
export function listed(parked: ParkedException): Record<string, unknown> {
  const { exception } = parked;
  return {
    id: parked.id,
    status: parked.status,
    owner: exception.owner,
    code: exception.code,
    class: exception.class,
    return: exception.about.returnNumber,
    order: exception.about.orderNumber,
    brand: exception.about.brand,
    summary: exception.summary,
    detail: exception.detail,
    steps: exception.steps,
    lines: exception.lines,
    times: parked.times,
    since: parked.firstAt,
    last: parked.lastAt,
    resolution: parked.resolution,
  };
}

function invalid(message: string): LedgerError {
  return new LedgerError({ code: 'command-invalid', class: 'data-invalid', message });
}
