import { z } from 'zod';
import { LedgerError } from '../returns/failure';

const numbers = z.record(z.string(), z.union([z.number(), z.boolean()]));

const commandSchema = z.discriminatedUnion('command', [
  z.object({ command: z.literal('send'), count: z.coerce.number().int().min(1).max(10_000).optional() }),
  z.object({ command: z.literal('ledger') }),
  z.object({ command: z.literal('dials'), d365: numbers.default({}), happyReturns: numbers.default({}) }),
  z.object({ command: z.literal('unblock'), sku: z.string().min(1) }),
]);

export type SandboxCommand = z.infer<typeof commandSchema>;

/**
 * Reads what the Sandbox is asked to do: `msg.command` with what it needs in `msg.payload`. Without a command it
 * sends returns, so that a plain Inject node does. Throws `command-invalid`.
 */
export function readSandboxCommand(command: unknown, payload: unknown): SandboxCommand {
  const details = typeof payload === 'object' && payload !== null ? payload : {};
  const count = typeof payload === 'number' && payload < 100_000 ? { count: payload } : {};
  const parsed = commandSchema.safeParse({ ...details, ...count, command: command ?? 'send' });
  if (parsed.success) return parsed.data;
  throw new LedgerError({
    code: 'command-invalid',
    class: 'data-invalid',
    message:
      'msg.command can be send (payload: number of returns), ledger, dials (payload: { d365, happyReturns }) or ' +
      'unblock (payload: { sku })',
  });
}
