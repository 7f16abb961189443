import { z } from 'zod';
import { LedgerError } from '../returns/failure';
import { redact } from './redact';
import type { ExceptionSelection } from '../store/store';

/** What can be asked of the Exception Router with `msg.command`. */
export const COMMANDS = ['list', 'show', 'assign', 'note', 'edit', 'resume', 'resolve', 'discard'] as const;

/** Texts of people go into the history and to others, so credentials and addresses in them are masked. */
const said = z.string().trim().min(1).max(1000).transform(redact);
const name = z.string().min(1).max(300);
/** One exception, or all open ones of a cause: those of this router, or of another node that is named. */
const which = {
  id: name.optional(),
  cause: z.string().min(1).max(1000).optional(),
  router: name.optional(),
};

const SCHEMAS = {
  list: z.strictObject({
    owner: name.optional(),
    code: name.optional(),
    brand: z.string().min(1).max(512).optional(),
    status: z.enum(['open', 'resumed', 'closed', 'any']).default('open'),
    cause: which.cause,
    /** Hours since it was raised first. */
    olderThan: z.coerce.number().min(0).max(100_000).optional(),
    /** In minor units. */
    valueFrom: z.coerce.number().int().min(0).optional(),
    /** Part of a return or order number, a SKU, or a word of the sentence. */
    text: name.optional(),
    router: name.optional(),
    sort: z.enum(['rank', 'age']).default('rank'),
    limit: z.coerce.number().int().min(1).max(1000).default(100),
    offset: z.coerce.number().int().min(0).optional(),
  }),
  show: z.strictObject({ id: name }),
  assign: z.strictObject({ ...which, owner: z.string().trim().min(1).max(100).transform(redact) }),
  note: z.strictObject({ ...which, text: said }),
  edit: z.strictObject({
    id: name,
    changes: z.record(z.string().max(100), z.union([z.string().max(512), z.number(), z.null()])),
    resume: z.boolean().default(false),
  }),
  resume: z.strictObject({
    ...which,
    code: name.optional(),
    owner: name.optional(),
    all: z.boolean().optional(),
  }),
  resolve: z.strictObject({ ...which, reason: said }),
  discard: z.strictObject({ ...which, reason: said }),
} as const satisfies Record<(typeof COMMANDS)[number], z.ZodType>;

export type ListFilter = z.infer<typeof SCHEMAS.list>;
/** One exception, or all open ones of a cause: at one router, or at all. */
export type Which = { id: string } | { cause: string; router?: string };

export type RouterCommand =
  | { command: 'list'; filter: ListFilter }
  | { command: 'show'; id: string }
  | { command: 'assign'; which: Which; owner: string }
  | { command: 'note'; which: Which; text: string }
  | { command: 'edit'; id: string; changes: Record<string, string | number | null>; resume: boolean }
  | { command: 'resume'; selection: ExceptionSelection }
  | { command: 'resolve' | 'discard'; which: Which; reason: string };

/**
 * Reads a command message; null where the message is none. Throws `command-invalid` that says what may be sent: a
 * field that the command does not have is refused, so that nothing is done to more than was meant.
 */
export function readCommand(command: unknown, payload: unknown): RouterCommand | null {
  if (command === undefined || command === null || command === '') return null;
  const name = COMMANDS.find((one) => one === command);
  switch (name) {
    case 'list':
      return { command: name, filter: parse(name, SCHEMAS[name], payload) };
    case 'show':
      return { command: name, id: parse(name, SCHEMAS[name], payload).id };
    case 'assign': {
      const { owner, ...rest } = parse(name, SCHEMAS[name], payload);
      return { command: name, which: whichOf(name, rest), owner };
    }
    case 'note': {
      const { text, ...rest } = parse(name, SCHEMAS[name], payload);
      return { command: name, which: whichOf(name, rest), text };
    }
    case 'edit': {
      const { id, changes, resume } = parse(name, SCHEMAS[name], payload);
      for (const [field, value] of Object.entries(changes)) refusePersonal(field, value);
      return { command: name, id, changes, resume };
    }
    case 'resume':
      return { command: name, selection: selectionOf(parse(name, SCHEMAS[name], payload)) };
    case 'resolve':
    case 'discard': {
      const { reason, ...rest } = parse(name, SCHEMAS[name], payload);
      return { command: name, which: whichOf(name, rest), reason };
    }
    case undefined:
      throw invalid(`msg.command can be ${COMMANDS.join(', ')}, but is something else`);
  }
}

/** Whether returns go on by it. */
export function sendsOn(command: RouterCommand): boolean {
  return command.command === 'resume' || (command.command === 'edit' && command.resume);
}

/** Who sent a command, for the history; the flow itself where nobody is named. */
export function readWho(who: unknown): string {
  if (typeof who !== 'string' || who.trim() === '') return 'flow';
  return redact(who.trim()).slice(0, 80);
}

function parse<Schema extends z.ZodObject>(
  command: string,
  schema: Schema,
  payload: unknown,
): z.infer<Schema> {
  const isObject = typeof payload === 'object' && payload !== null && !Array.isArray(payload);
  const parsed = schema.safeParse(isObject ? payload : {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path.join('.');
  throw invalid(
    `msg.payload${field === undefined ? '' : `.${field.slice(0, 60)}`} does not fit: ${command} takes ` +
      Object.keys(schema.shape).join(', '),
  );
}

function whichOf(
  command: string,
  { id, cause, router }: { id?: string | undefined; cause?: string | undefined; router?: string | undefined },
): Which {
  if (id !== undefined && cause === undefined && router === undefined) return { id };
  if (cause !== undefined && id === undefined) return { cause, ...at(router) };
  throw invalid(`To ${command}, put either "id" or "cause" into msg.payload`);
}

function selectionOf(fields: z.infer<typeof SCHEMAS.resume>): ExceptionSelection {
  const { id, cause, code, owner, all, router } = fields;
  if (id !== undefined && router === undefined) return { ids: [id] };
  if (cause !== undefined) return { cause, ...at(router) };
  if (code !== undefined) return { code, ...at(router) };
  if (owner !== undefined) return { owner, ...at(router) };
  if (all === true) return { all: true, ...at(router) };
  throw invalid(
    'To resume, put { "id": … }, { "cause": … }, { "code": … }, { "owner": … } or { "all": true } into msg.payload',
  );
}

function at(router: string | undefined): { router?: string } {
  return router === undefined ? {} : { router };
}

function refusePersonal(field: string, value: string | number | null): void {
  if (typeof value === 'string' && redact(value) !== value) {
    throw invalid(
      `The new value of ${field.slice(0, 60)} looks like an e-mail address or a secret: it was not taken`,
    );
  }
}

function invalid(message: string): LedgerError {
  return new LedgerError({ code: 'command-invalid', class: 'data-invalid', message });
}
