import { asLedgerError, LedgerError } from '../../returns/failure';
import type { ConnectionGate } from '../../runtime/connection-gate';
import { withRetry, type Surroundings } from '../../runtime/retry';
import { MOST_OPERATIONS, type BatchAnswer, type BatchRequest } from './batch';
import { d365Error } from './errors';
import type { EntitySet } from './names';
import { parseJson, rowsOf, type D365Row } from './rows';

/** Rows of one set that are created together or not at all. */
export interface NewRows {
  set: EntitySet;
  rows: readonly D365Row[];
}

/** One for each that asked, in the same order. */
export type Answers<Answer> = (Answer | LedgerError)[];

type Groups = readonly (readonly BatchRequest[])[];

/** What many ask for, in `$batch` calls: each gets its own answer. */
export class BatchedCalls {
  /** @param send makes one call, and gives the answers to its parts: one for each read, one for each changeset */
  constructor(
    private readonly send: (groups: Groups, signal?: AbortSignal) => Promise<BatchAnswer[][]>,
    private readonly gate: Pick<ConnectionGate, 'pause'>,
    private readonly surroundings: Surroundings,
  ) {}

  /** The reads of many in as few calls as can be. What failed for one is the answer of that one. */
  async read(groups: readonly (readonly string[])[], signal?: AbortSignal): Promise<Answers<D365Row[][]>> {
    const requests = groups.map((paths) => paths.map((path): BatchRequest => ({ method: 'GET', path })));
    return this.inCalls(requests, async (some) => {
      const parts = await withRetry(() => this.send(some, signal), this.surroundings, signal);
      let at = 0;
      return some.map((group) => {
        const answers = parts.slice(at, (at += group.length)).flat();
        return attempt(() => answers.map((answer) => this.rowsRead(answer)));
      });
    });
  }

  /**
   * Creates the rows of many in as few calls as can be: those of one all together or not at all, in a changeset of their
   * own, so that what is refused for one does not sink the others (R136). Never repeated.
   */
  async create(groups: readonly NewRows[], signal?: AbortSignal): Promise<Answers<D365Row[]>> {
    const requests = groups.map(({ set, rows }) =>
      rows.map((body): BatchRequest => ({ method: 'POST', path: `${set}?cross-company=true`, body })),
    );
    return this.inCalls(requests, async (some) => {
      const parts = await this.send(some, signal);
      return some.map((group, index) => attempt(() => this.rowsCreated(parts[index] ?? [], group.length)));
    });
  }

  /** One call for as many groups as fit; a call that fails is the answer of all of its groups. */
  private async inCalls<Answer>(
    groups: Groups,
    work: (some: Groups) => Promise<Answers<Answer>>,
  ): Promise<Answers<Answer>> {
    const answers: Answers<Answer> = [];
    for (const some of loads(groups)) {
      try {
        answers.push(...(await work(some)));
      } catch (thrown) {
        const error = asLedgerError(thrown);
        answers.push(...some.map(() => error));
      }
    }
    return answers;
  }

  private rowsRead(answer: BatchAnswer): D365Row[] {
    this.throwIfRefused(answer, false);
    const body = parseJson(answer);
    if (body['@odata.nextLink'] === undefined) return rowsOf(body);
    throw new LedgerError({
      code: 'd365-too-many-rows',
      class: 'config',
      message: 'A look-up in D365 found more rows than fit one page',
    });
  }

  private rowsCreated(answers: readonly BatchAnswer[], expected: number): D365Row[] {
    for (const answer of answers) this.throwIfRefused(answer, true);
    if (answers.length !== expected) throw anotherNumber();
    return answers.map((answer) => parseJson(answer));
  }

  /** A part can be throttled as a whole call can: the wait holds for all. */
  private throwIfRefused(answer: BatchAnswer, write: boolean): void {
    if (answer.status < 300) return;
    const error = d365Error(answer, write, this.surroundings.clock);
    if (answer.status === 429) this.gate.pause(error.retryAfterMs ?? 0);
    throw error;
  }
}

/** As many groups together as one batch may hold (A3). */
function loads(groups: Groups): (readonly BatchRequest[])[][] {
  const all: (readonly BatchRequest[])[][] = [];
  let operations = 0;
  for (const group of groups) {
    const last = all.at(-1);
    if (last && operations + group.length <= MOST_OPERATIONS) {
      last.push(group);
      operations += group.length;
    } else {
      all.push([group]);
      operations = group.length;
    }
  }
  return all;
}

function attempt<Answer>(read: () => Answer): Answer | LedgerError {
  try {
    return read();
  } catch (thrown) {
    return asLedgerError(thrown);
  }
}

/** Nobody knows then which answer belongs to what. */
export function anotherNumber(): LedgerError {
  return new LedgerError({
    code: 'batch-unreadable',
    class: 'ambiguous',
    message: 'D365 answered a batch with another number of parts',
  });
}
