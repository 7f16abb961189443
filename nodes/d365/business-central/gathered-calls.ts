import { asLedgerError, LedgerError } from '../../returns/failure';
import { withRetry, type Surroundings } from '../../runtime/retry';
import { Rounds } from '../../runtime/rounds';
import { MOST_OPERATIONS, refusalOf, type BatchAnswer, type BatchRequest } from './batch';
import type { BcCalls, BcClient } from './client';

/** How long a step waits for returns that somebody else's work on the same order holds up. */
const WAIT_MS = 200;

interface Step {
  kind: 'read' | 'get' | 'write';
  requests: readonly BatchRequest[];
}

type Answers = (BatchAnswer | null)[];

/**
 * The calls of many drafts that are made side by side: each step of all of them goes in JSON batches of at most a hundred
 * independent requests (`reference/dynamics365.md` B2), so that what is refused for one does not sink the others (R132, R136).
 * Reads are repeated as a call is; a batch with writes never, since each of its drafts is then looked up by itself.
 */
export class GatheredCalls {
  private readonly rounds: Rounds<Step, Answers>;

  /** @param coming how many drafts are to be made */
  constructor(
    private readonly client: BcClient,
    coming: number,
    private readonly surroundings: Surroundings,
    private readonly signal?: AbortSignal,
  ) {
    const work = (steps: readonly Step[]): Promise<(Answers | Error)[]> => this.carryOut(steps);
    this.rounds = new Rounds({ coming, waitMs: WAIT_MS, work, surroundings }, signal);
  }

  /** The calls of one draft, to be ended by `leave`. */
  caller(): { calls: BcCalls; leave: () => void } {
    const participant = this.rounds.join();
    const { client, signal } = this;
    const { clock } = this.surroundings;
    const ask = async (kind: Step['kind'], requests: readonly BatchRequest[]): Promise<Answers> =>
      participant.ask({ kind, requests });
    const below = async (path: string): Promise<string> =>
      `companies(${await client.companyId(signal)})/${path}`;
    const calls: BcCalls = {
      readTogether: async (paths) => {
        const urls = await Promise.all(paths.map(below));
        const answers = await ask(
          'read',
          urls.map((url) => ({ method: 'GET', url })),
        );
        return Promise.all(answers.map((answer) => client.rowsIn(answer, signal)));
      },
      get: async (path) => {
        const [answer] = await ask('get', [{ method: 'GET', url: await below(path) }]);
        if (!answer) throw unanswered('transient');
        if (answer.status < 300) return answer.body;
        const error = refusalOf(answer, false, clock);
        if (error.code === 'd365-record-gone') return null;
        throw error;
      },
      create: async (path, body) => {
        // What is published as a page is not in the batches of the API.
        if (typeof path !== 'string') return client.create(path, body, signal);
        const headers = { 'content-type': 'application/json' };
        const [answer] = await ask('write', [{ method: 'POST', url: await below(path), headers, body }]);
        if (!answer) throw unanswered('ambiguous');
        if (answer.status >= 300) throw refusalOf(answer, true, clock);
        return answer.body;
      },
      patch: (...given) => client.patch(...given),
      remove: (...given) => client.remove(...given),
      act: (...given) => client.act(...given),
      run: (...given) => client.run(...given),
      list: (...given) => client.list(...given),
      pages: (...given) => client.pages(...given),
      rows: (...given) => client.rows(...given),
    };
    return { calls, leave: () => participant.leave() };
  }

  /** A step of all: writes and reads apart, for only reads may be repeated. */
  private async carryOut(steps: readonly Step[]): Promise<(Answers | Error)[]> {
    const answers = new Map<Step, Answers | LedgerError>();
    for (const write of [false, true]) {
      for (const load of loads(steps.filter(({ kind }) => (kind === 'write') === write))) {
        const requests = load.flatMap((step) => step.requests);
        const send = (): Promise<Answers> => this.client.batch(requests, write, this.signal);
        try {
          const all = await (write ? send() : withRetry(send, this.surroundings, this.signal));
          let at = 0;
          for (const step of load) answers.set(step, all.slice(at, (at += step.requests.length)));
        } catch (thrown) {
          for (const step of load) answers.set(step, asLedgerError(thrown));
        }
      }
    }
    return steps.map((step) => answers.get(step) ?? new Error('No answer came'));
  }
}

/** As many steps together as one batch may hold. */
function loads(steps: readonly Step[]): Step[][] {
  const all: Step[][] = [];
  let operations = MOST_OPERATIONS;
  for (const step of steps) {
    operations += step.requests.length;
    if (operations > MOST_OPERATIONS) {
      all.push([]);
      operations = step.requests.length;
    }
    all.at(-1)?.push(step);
  }
  return all;
}

/** Nobody knows then whether it was carried out. */
function unanswered(failure: 'transient' | 'ambiguous'): LedgerError {
  return new LedgerError({
    code: 'd365-answer',
    class: failure,
    message: 'Business Central did not answer a part of a batch',
  });
}
