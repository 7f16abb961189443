import { prepareIntake } from '../../nodes/happy-returns/intake';
import { PLATFORM } from '../../nodes/happy-returns/canonical';
import { createVocabulary } from '../../nodes/happy-returns/vocabulary';
import { LedgerError } from '../../nodes/returns/failure';
import { instantOf } from '../../nodes/returns/time';
import type { HttpSend } from '../../nodes/runtime/http';
import type { Simulator } from '../../nodes/sandbox/simulator';
import { seededRandom, type SeededRandom } from '../../nodes/sandbox/world';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { check, type Verdict } from './check';
import { HappyReturnsPlan, shopFor } from './happy-returns-plan';
import { scenarioNamed } from './scenarios';
import { SimulatedClock } from './simulated-clock';
import { SimulatedFlow, SOURCE } from './simulated-flow';

export interface SeedOptions {
  seed: number;
  returns: number;
  /** Name of the pair of vendors. */
  scenario: string;
  /** To prove that duplicates are seen: without the settle time, or without the ERP's unique key. */
  careless?: boolean;
}

const TIMEOUT_SECONDS = 10;
const DROP_SHARE = 0.05;
const SLOW_SHARE = 0.1;
const SLOWEST_MS = 25_000;
const DUPLICATE_SHARE = 0.1;
const WINDOW_POSTS = 40;

/**
 * T3, one seed: lost answers 5 %, refusals 3 %, slow calls 10 % (some of them slower than the client waits, and carried
 * out all the same), duplicate deliveries 10 %, shuffled order, all at once, on a clock that jumps.
 */
export async function runSeed(options: SeedOptions): Promise<Verdict> {
  const { seed, returns, careless = false } = options;
  const random = seededRandom(seed);
  const clock = new SimulatedClock(seededRandom(seed + 1));
  const world = shopFor(returns, seed);
  const store = await openMemoryStore();
  const erp = scenarioNamed(options.scenario).simulated({
    world,
    seed,
    random,
    clock,
    store,
    timeoutSeconds: TIMEOUT_SECONDS,
    dropShare: DROP_SHARE,
    careless,
    http: (simulator) => slowHttp(simulator, clock, random),
  });
  const account = { secret: 'crash-webhook-secret', apiKey: 'crash-api-key' };
  const wait = (ms: number): Promise<void> => clock.wait(ms);
  const plan = new HappyReturnsPlan({ world, seed, random, account, wait }, erp.books);
  const flow = new SimulatedFlow({ store, erp, clock });
  try {
    await clock.run(rehearse(returns, plan, world.brand, store, flow, clock, random));
    return check(plan.expected, erp.held(), await kept(store));
  } finally {
    await store.close();
  }
}

async function rehearse(
  returns: number,
  plan: HappyReturnsPlan,
  brand: string,
  store: ReturnsStore,
  flow: SimulatedFlow,
  clock: SimulatedClock,
  random: SeededRandom,
): Promise<void> {
  const fresh = Array.from({ length: returns }, () => plan.next()).flat();
  const posts = fresh.flatMap((one) => (random.next() < DUPLICATE_SHARE ? [one, one] : [one]));
  let sending = true;
  const send = async (): Promise<void> => {
    for (let start = 0; start < posts.length; start += WINDOW_POSTS) {
      for (const { post, entries } of random.shuffle(posts.slice(start, start + WINDOW_POSTS))) {
        await receive(Buffer.from(JSON.stringify(post.body)), brand, store, clock);
        for (const entry of entries) entry.acknowledged = true;
        await clock.wait(random.between(0, 200));
      }
    }
    sending = false;
  };
  await Promise.all([send(), flow.run(() => sending)]);
  // Calls that were given up may still be carried out.
  await clock.wait(2 * SLOWEST_MS);
}

async function receive(
  raw: Buffer,
  brand: string,
  store: ReturnsStore,
  clock: SimulatedClock,
): Promise<void> {
  const { intake, problem } = await prepareIntake(raw, true, instantOf(clock.clock), {
    source: SOURCE,
    vocabulary: createVocabulary([]),
    retailers: new Set([brand]),
    personToken: (identity) => store.personToken(identity),
    knownOrders: async (of, returnId) =>
      (await store.returnsById(PLATFORM, of, returnId)).map((known) => known.orderNumber),
  });
  if (problem !== null) throw new Error(`A webhook of the plan could not be read: ${problem.summary}`);
  await store.accept(intake);
}

/** The simulator behind the pack's HTTP interface; some calls are slow, and some slower than the client waits. */
function slowHttp(simulator: Simulator, clock: SimulatedClock, random: SeededRandom): HttpSend {
  return async (request) => {
    const url = new URL(request.url);
    const takesMs = random.next() < SLOW_SHARE ? random.between(300, SLOWEST_MS) : random.between(2, 40);
    const limitMs = request.timeoutMs ?? TIMEOUT_SECONDS * 1000;
    const answering = clock.wait(takesMs).then(() =>
      simulator.handle({
        method: request.method,
        url: `${url.pathname}${url.search}`,
        headers: Object.fromEntries(
          Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
        ),
        body: Buffer.from(request.body ?? ''),
      }),
    );
    const answer = takesMs > limitMs ? await clock.wait(limitMs).then(() => null) : await answering;
    if (answer === null || answer.drop) {
      const write = request.method !== 'GET' && request.safe !== true;
      throw new LedgerError({
        code: 'http-no-answer',
        class: write ? 'ambiguous' : 'transient',
        message: `${url.hostname} gave no answer (${answer === null ? 'ECONNABORTED' : 'ECONNRESET'})`,
      });
    }
    return { status: answer.status, headers: answer.headers ?? {}, text: answer.body?.toString() ?? '' };
  };
}

async function kept(
  store: ReturnsStore,
): Promise<{ returnNumber: string; order: string | null; exception: string | null }[]> {
  const states = await store.listReturns({ limit: 1_000_000 });
  return Promise.all(
    states.map(async (state) => ({
      returnNumber: state.returnNumber ?? state.returnId,
      order: state.orderNumber,
      exception: (await store.openExceptionOf(state.returnKey))?.code ?? null,
    })),
  );
}
