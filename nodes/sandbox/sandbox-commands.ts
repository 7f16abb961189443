import { z } from 'zod';
import { LedgerError } from '../returns/failure';
import { CHECKED_ERPS } from './check-cases';
import type { BatchJob } from './d365/batch-jobs';
import { ARRIVAL_OUTCOMES } from './happy-returns/generator';
import { TROUBLES } from './mend';

const count = z.coerce.number().int().min(1).max(10_000).optional();
const text = z.string().trim().min(1);
/** A return order of Finance & SCM: by its number, its RMA number or our reference. */
const returnOrder = { order: text };
const JOBS = ['arrival', 'packingSlip', 'invoice', 'payment'] as const satisfies readonly BatchJob[];
/** What a dial takes is looked at where it is turned: only the vendor knows its dials. */
const dials = z.record(z.string(), z.unknown()).default({});

/** In which ERP a person does it. */
const lockSystem = z.enum(['brightpearl', 'businessCentral']).default('brightpearl');

const commandSchema = z.discriminatedUnion('command', [
  z.object({
    command: z.literal('send'),
    count,
    mix: z.enum(['usual', 'exceptions', 'exchanges']).optional(),
  }),
  z.strictObject({ command: z.literal('checks'), system: z.enum(CHECKED_ERPS).optional() }),
  z.strictObject({ command: z.literal('waits') }),
  z.strictObject({
    command: z.literal('arrive'),
    count,
    outcome: z.enum(ARRIVAL_OUTCOMES).default('accepted'),
  }),
  z.object({
    command: z.literal('ledger'),
    system: z.enum(['d365', 'businessCentral', 'brightpearl']).default('d365'),
  }),
  z.strictObject({
    command: z.literal('dials'),
    d365: dials,
    businessCentral: dials,
    happyReturns: dials,
    brightpearl: dials,
  }),
  z.strictObject({
    command: z.literal('lock'),
    order: text,
    system: lockSystem,
    shown: z.enum(['status', 'invoice-pending', 'hidden']).default('status'),
  }),
  z.strictObject({ command: z.literal('unlock'), order: text, system: lockSystem }),
  z.strictObject({ command: z.literal('foreign-credit'), order: text, system: lockSystem }),
  z.object({ command: z.literal('block'), sku: text }),
  z.object({ command: z.literal('unblock'), sku: text }),
  z.strictObject({ command: z.literal('run-jobs'), job: z.enum(JOBS).optional() }),
  z.strictObject({
    command: z.literal('inspect'),
    lot: text.optional(),
    disposition: text.optional(),
    warehouse: text.optional(),
    location: text.optional(),
  }),
  z.strictObject({ command: z.literal('stop-order'), ...returnOrder }),
  z.strictObject({ command: z.literal('resume-order'), ...returnOrder }),
  z.strictObject({ command: z.literal('cancel-order'), ...returnOrder }),
  z.strictObject({ command: z.literal('complete-order'), ...returnOrder }),
  z.strictObject({
    command: z.literal('decline-payment'),
    ...returnOrder,
    line: z.coerce.number().int().min(1).default(1),
  }),
  z.strictObject({
    command: z.literal('set-period'),
    date: z.iso.date(),
    status: z.enum(['open', 'on-hold', 'closed']).default('on-hold'),
  }),
  z.strictObject({ command: z.literal('mend'), trouble: z.enum(TROUBLES) }),
]);

export type SandboxCommand = z.infer<typeof commandSchema>;

const RETURN_ORDER = 'the return order (its number, RMA number or reference)';

/** What each command takes in `msg.payload`, in the order in which a rehearsal uses them. */
const TAKES: Readonly<Record<SandboxCommand['command'], string>> = {
  send: 'the number of returns, from 1 to 10000, or { count, mix } with the mix usual, exceptions or exchanges',
  checks: 'nothing, or the system whose checks are wanted, brightpearl or d365',
  waits: 'nothing',
  arrive:
    'the number of returns, from 1 to 10000, or { count, outcome } with the outcome received, accepted or rejected',
  ledger: 'the system, d365, businessCentral or brightpearl',
  dials: '{ d365, businessCentral, happyReturns, brightpearl }, each with dials by name',
  lock: 'the order number, or { order, system, shown } with the system brightpearl or businessCentral and the sign status, invoice-pending or hidden',
  unlock: 'the order number, or { order, system } with the system brightpearl or businessCentral',
  'foreign-credit': 'the order number, or { order, system } with the system brightpearl or businessCentral',
  block: 'the SKU, or { sku }',
  unblock: 'the SKU, or { sku }',
  'run-jobs': `nothing for all, or the batch job: ${JOBS.join(', ')}`,
  inspect:
    'nothing for all that is in quarantine, or the lot, or { lot, disposition, warehouse, location }, each of which may be left out',
  'stop-order': RETURN_ORDER,
  'resume-order': RETURN_ORDER,
  'cancel-order': RETURN_ORDER,
  'complete-order': RETURN_ORDER,
  'decline-payment': `${RETURN_ORDER}, or { order, line }`,
  'set-period': 'the date (YYYY-MM-DD), or { date, status } with the status open, on-hold or closed',
  mend: `what was wrong: ${TROUBLES.join(', ')}`,
};

/** The field that a payload stands for which is a plain text or number. */
const SHORT: Readonly<Record<SandboxCommand['command'], string | null>> = {
  send: 'count',
  checks: 'system',
  waits: null,
  arrive: 'count',
  ledger: 'system',
  dials: null,
  lock: 'order',
  unlock: 'order',
  'foreign-credit': 'order',
  block: 'sku',
  unblock: 'sku',
  'run-jobs': 'job',
  inspect: 'lot',
  'stop-order': 'order',
  'resume-order': 'order',
  'cancel-order': 'order',
  'complete-order': 'order',
  'decline-payment': 'order',
  'set-period': 'date',
  mend: 'trouble',
};

/**
 * Reads what the Sandbox is asked to do: `msg.command` with what it needs in `msg.payload`. Without a command it
 * sends returns, so that a plain Inject node does. Throws `command-invalid`.
 */
export function readSandboxCommand(command: unknown, payload: unknown): SandboxCommand {
  const name = command ?? 'send';
  if (!isCommand(name)) {
    const known = Object.keys(TAKES).join(', ');
    throw invalid(
      `msg.command can be ${known}${typeof name === 'string' ? `, but is ${JSON.stringify(name)}` : ''}`,
    );
  }
  const parsed = commandSchema.safeParse({ ...fieldsOf(name, payload), command: name });
  if (parsed.success) return parsed.data;
  const strange = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys : [],
  );
  const why = strange.length > 0 ? `msg.payload has ${strange.join(', ')}, but ` : '';
  throw invalid(`${why}${name} takes in msg.payload: ${TAKES[name]}`);
}

function isCommand(name: unknown): name is SandboxCommand['command'] {
  return typeof name === 'string' && Object.hasOwn(TAKES, name);
}

/** A list, as the answer of an earlier command is one, names nothing; nor does the time that an Inject node sends. */
function fieldsOf(command: SandboxCommand['command'], payload: unknown): Record<string, unknown> {
  const short = SHORT[command];
  if (typeof payload === 'object' && payload !== null && !Array.isArray(payload)) return { ...payload };
  if (short === 'count') return typeof payload === 'number' && payload < 100_000 ? { count: payload } : {};
  return short !== null && typeof payload === 'string' && payload !== '' ? { [short]: payload } : {};
}

function invalid(message: string): LedgerError {
  return new LedgerError({ code: 'command-invalid', class: 'data-invalid', message });
}
