import { LedgerError } from '../../returns/failure';
import type { Surroundings } from '../../runtime/retry';
import { Rounds } from '../../runtime/rounds';
import type { NewRows } from './batched-calls';
import type { D365Client } from './client';
import type { ImportAnswer, ImportTogether, PackageItem } from './data-package';
import type { EntitySet } from './names';
import type { D365Row } from './rows';

/** What making a return order asks of the client, whether for itself or together with others. */
export type ReturnOrderCalls = Pick<D365Client, 'readTogether' | 'create' | 'createTogether'>;

/** How long a step waits for returns that somebody else's work on the same order holds up. */
const WAIT_MS = 200;

type Step =
  | { kind: 'read'; paths: readonly string[] }
  | ({ kind: 'write' } & NewRows)
  | { kind: 'import'; item: PackageItem };
type StepAnswer = D365Row[][] | D365Row[] | ImportAnswer;

/** Imports journals in as few data packages as can be. */
type Import = (items: readonly PackageItem[]) => Promise<(ImportAnswer | LedgerError)[]>;

/**
 * The calls of many return orders that are made side by side: each step of all of them is one `$batch`, with a changeset
 * for each return order (R132, R136).
 */
export class GatheredCalls {
  private readonly rounds: Rounds<Step, StepAnswer>;

  /** @param coming how many return orders are to be made */
  constructor(
    private readonly client: Pick<D365Client, 'readMany' | 'createMany'>,
    coming: number,
    surroundings: Pick<Surroundings, 'wait'>,
    private readonly signal?: AbortSignal,
    private readonly imported: Import = (items) => Promise.resolve(items.map(() => notImported())),
  ) {
    const work = (steps: readonly Step[]): Promise<(StepAnswer | Error)[]> => this.carryOut(steps);
    this.rounds = new Rounds({ coming, waitMs: WAIT_MS, work, surroundings }, signal);
  }

  /** The calls of one return order, to be ended by `leave`. */
  caller(): ReturnOrderCalls & { import: ImportTogether; leave: () => void } {
    const participant = this.rounds.join();
    const write = async (set: EntitySet, rows: readonly D365Row[]): Promise<D365Row[]> =>
      (await participant.ask({ kind: 'write', set, rows })) as D365Row[];
    return {
      readTogether: async (paths) => (await participant.ask({ kind: 'read', paths })) as D365Row[][],
      create: async (set, row) => {
        const [created] = await write(set, [row]);
        if (created) return created;
        throw new LedgerError({ code: 'batch-unreadable', class: 'ambiguous', message: 'D365 gave no row' });
      },
      createTogether: write,
      import: async (item) => (await participant.ask({ kind: 'import', item })) as ImportAnswer,
      leave: () => participant.leave(),
    };
  }

  private async carryOut(steps: readonly Step[]): Promise<(StepAnswer | Error)[]> {
    const reads = steps.filter((step) => step.kind === 'read');
    const writes = steps.filter((step) => step.kind === 'write');
    const packed = steps.flatMap((step) => (step.kind === 'import' ? [step.item] : []));
    const [read, written, imported] = await Promise.all([
      reads.length === 0
        ? []
        : this.client.readMany(
            reads.map(({ paths }) => paths),
            this.signal,
          ),
      writes.length === 0 ? [] : this.client.createMany(writes, this.signal),
      packed.length === 0 ? [] : this.imported(packed),
    ]);
    const next = { read: read.values(), write: written.values(), import: imported.values() };
    return steps.map(({ kind }) => next[kind].next().value ?? new Error('No answer came'));
  }
}

function notImported(): LedgerError {
  return new LedgerError({ code: 'internal-error', class: 'config', message: 'Nothing is imported here' });
}
