import { z } from 'zod';
import type { BatchGroup } from '../returns/batch';
import type { Refused } from '../returns/batch-refusal';
import { LedgerError } from '../returns/failure';
import { instantSchema } from '../returns/time';
import type { NodeMessage } from '../runtime/node-red';

/** What can be asked of the Batch Aggregator with `msg.command`. */
export const BATCH_COMMANDS = ['flush', 'reset', 'status', 'list', 'members', 'refuse', 'deferred'] as const;

const groupSchema = z
  .strictObject({
    company: z.string().nullable(),
    currency: z.string().nullable(),
    period: z.string().nullable(),
    brand: z.string(),
    warehouse: z.string(),
    postingDate: z.string(),
    expression: z.string(),
  })
  .partial();

const limit = (most: number, otherwise = most): z.ZodType<number> =>
  z.coerce.number().int().min(1).max(most).default(otherwise);
const offset = z.coerce.number().int().min(0).default(0);

const refusedSchema = z.union([
  z.strictObject({ returnKey: z.string().min(1), lines: z.array(z.string()).optional() }),
  z.strictObject({
    sku: z.string().min(1),
    warehouse: z.string().nullish(),
    disposition: z.string().nullish(),
  }),
]);

const payloads = {
  flush: z.looseObject({ group: groupSchema.default({}) }),
  reset: z.looseObject({ group: groupSchema.default({}) }),
  status: z.looseObject({}),
  list: z.looseObject({ limit: limit(500, 50), offset }),
  members: z.looseObject({
    batch: z.string().min(1),
    after: offset,
    limit: limit(5000),
    line: refusedSchema.optional(),
  }),
  refuse: z.looseObject({
    batch: z.string().min(1),
    refused: z.array(refusedSchema).min(1),
    what: z.string().max(1000).default('it said no more'),
  }),
  deferred: z.looseObject({ from: instantSchema, to: instantSchema, limit: limit(5000), offset }),
};

export type BatchCommand =
  | { command: 'flush' | 'reset'; group: Partial<BatchGroup> }
  | { command: 'status' }
  | { command: 'list'; limit: number; offset: number }
  | { command: 'members'; batch: string; after: number; limit: number; line: Refused | null }
  | { command: 'refuse'; batch: string; refused: Refused[]; what: string }
  | { command: 'deferred'; from: string; to: string; limit: number; offset: number };

/**
 * Reads a command message; null where the message is none. As in the core nodes join and batch, `msg.reset` and
 * `msg.flush` do it too, where the message brings no return. Throws `command-invalid` that says what may be sent.
 */
export function readBatchCommand(message: NodeMessage): BatchCommand | null {
  const name = commandOf(message);
  if (name === null) return null;
  const found = BATCH_COMMANDS.find((command) => command === name);
  if (!found) throw invalid(`msg.command can be ${BATCH_COMMANDS.join(', ')}, but is something else`);
  const { payload } = message;
  const given = typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? payload : {};
  switch (found) {
    case 'flush':
    case 'reset': {
      const { group } = read(payloads[found], given, found);
      // A value that is not there is not the value undefined.
      const wanted = Object.entries(group).filter(([, value]) => value !== undefined);
      return { command: found, group: Object.fromEntries(wanted) };
    }
    case 'status':
      return { command: found };
    case 'list': {
      const { limit: most, offset: skip } = read(payloads.list, given, found);
      return { command: found, limit: most, offset: skip };
    }
    case 'members': {
      const { batch, after, limit: most, line } = read(payloads.members, given, found);
      return { command: found, batch, after, limit: most, line: line ?? null };
    }
    case 'refuse': {
      const { batch, refused, what } = read(payloads.refuse, given, found);
      return { command: found, batch, refused, what };
    }
    case 'deferred': {
      const { from, to, limit: most, offset: skip } = read(payloads.deferred, given, found);
      return { command: found, from, to, limit: most, offset: skip };
    }
  }
}

function commandOf(message: NodeMessage): unknown {
  const { command, payload } = message;
  if (command !== undefined && command !== null && command !== '') return command;
  const bringsReturn = typeof payload === 'object' && payload !== null && 'schema' in payload;
  if (bringsReturn) return null;
  if (message['flush'] === true) return 'flush';
  return message['reset'] === true ? 'reset' : null;
}

function read<Value>(schema: z.ZodType<Value>, payload: object, command: string): Value {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join('.') ?? '';
  const known = Object.keys(payloads[command as keyof typeof payloads].shape).join(', ');
  throw invalid(
    `msg.payload${field === '' ? '' : `.${field}`} does not fit: ${command} takes ${known || 'nothing'}`,
  );
}

function invalid(message: string): LedgerError {
  return new LedgerError({ code: 'command-invalid', class: 'data-invalid', message });
}
