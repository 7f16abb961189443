import { help } from './helper';
import { LoadConnection } from './load-connection';
import { httpRequest, returnsOf, shopOf, signedWebhooks, storyOf, type WebhookRun } from './payload';
import { quantile } from './report';

/** What a run of requests came to. Times are in milliseconds. */
export interface LoadResult {
  /** Answers by status, the warm-up included: what must be in the store. */
  statuses: Record<string, number>;
  /** Answers a second in the measured time. */
  perSecond: number;
  p50: number;
  p99: number;
  /** Share of its processor that the load generator itself used. */
  cpu: number;
}

export interface ClosedLoop {
  port: number;
  connections: number;
  warmUpSeconds: number;
  seconds: number;
}

export interface FixedRate {
  port: number;
  connections: number;
  perSecond: number;
  warmUpSeconds: number;
  seconds: number;
}

export interface StoryRange {
  port: number;
  connections: number;
  from: number;
  to: number;
  /** Which webhook of each return: 0 the start, 1 the drop-off. */
  step: number;
}

let webhooks: WebhookRun = { request: () => Buffer.alloc(0) };
let prepared = 0;
let next = 0;
let shop: ReturnType<typeof shopOf> | undefined;
let returns: ReturnType<typeof returnsOf> = [];

/** Measures from outside a process: `cpu` says whether the generator itself was the limit. */
class Gauge {
  readonly statuses: Record<string, number> = {};
  private times: number[] = [];
  private began = performance.now();
  private cpu = process.cpuUsage();

  begin(): void {
    this.times = [];
    this.began = performance.now();
    this.cpu = process.cpuUsage();
  }

  note(status: number, milliseconds: number): void {
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    this.times.push(milliseconds);
  }

  result(): LoadResult {
    const elapsed = performance.now() - this.began;
    const { user, system } = process.cpuUsage(this.cpu);
    const sorted = Float64Array.from(this.times).sort();
    return {
      statuses: this.statuses,
      perSecond: sorted.length / (elapsed / 1000),
      p50: quantile(sorted, 0.5),
      p99: quantile(sorted, 0.99),
      cpu: (user + system) / 1000 / elapsed,
    };
  }
}

/** Each connection sends its next request when it has the answer to the last one. */
async function closedLoop(run: ClosedLoop): Promise<LoadResult> {
  const gauge = new Gauge();
  const warmUntil = performance.now() + run.warmUpSeconds * 1000;
  const until = warmUntil + run.seconds * 1000;
  let warm = run.warmUpSeconds > 0;
  let result: LoadResult | undefined;
  await together(run, (sent) => {
    const now = performance.now();
    if (warm && now >= warmUntil) {
      warm = false;
      gauge.begin();
    }
    if (now >= until || next >= prepared) {
      result ??= gauge.result();
      return null;
    }
    const request = webhooks.request(next++);
    return {
      request,
      answered: (status) => {
        gauge.note(status, performance.now() - sent);
      },
    };
  });
  return { ...(result ?? gauge.result()), statuses: gauge.statuses };
}

interface Turn {
  request: Buffer;
  answered: (status: number) => void;
}

/** Keeps all connections busy until there is nothing more to send, and every answer is there. */
function together(
  { port, connections }: { port: number; connections: number },
  turn: (now: number) => Turn | null,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let busy = connections;
    for (let at = 0; at < connections; at += 1) {
      const connection = new LoadConnection(port);
      const go = (): void => {
        const work = turn(performance.now());
        if (!work) {
          connection.close();
          if ((busy -= 1) === 0) resolve();
          return;
        }
        connection.send(
          work.request,
          (status) => {
            work.answered(status);
            go();
          },
          reject,
        );
      };
      go();
    }
  });
}

/** Requests come at their times, whether earlier ones are answered or not; a late start counts as waiting. */
function fixedRate(run: FixedRate): Promise<LoadResult> {
  const gauge = new Gauge();
  const free = Array.from({ length: run.connections }, () => new LoadConnection(run.port));
  const all = [...free];
  const began = performance.now();
  const warm = run.perSecond * run.warmUpSeconds;
  const wanted = warm + run.perSecond * run.seconds;
  const every = 1000 / run.perSecond;
  let sent = 0;
  let answers = 0;
  return new Promise((resolve, reject) => {
    const sendDue = (): void => {
      while (free.length > 0 && sent < wanted && began + sent * every <= performance.now()) {
        // In turn, so that none is idle for so long that the server closes it.
        const connection = free.shift();
        const due = began + sent * every;
        if (sent === warm) gauge.begin();
        sent += 1;
        connection?.send(
          webhooks.request(next++),
          (status) => {
            gauge.note(status, performance.now() - due);
            free.push(connection);
            answers += 1;
            if (answers < wanted) return;
            clearInterval(timer);
            for (const one of all) one.close();
            resolve(gauge.result());
          },
          reject,
        );
      }
    };
    const timer = setInterval(sendDue, 1);
  });
}

help({
  /** Signs the webhooks of the ingest runs. */
  prepare: ({ count }: { count: number }) => {
    webhooks = signedWebhooks(count);
    prepared = count;
    next = 0;
  },
  /** A fresh store is filled from the beginning again. */
  reset: () => {
    next = 0;
  },
  closedLoop,
  fixedRate,
  /** The returns of a shop with so many orders; every so many-th fails, where that is wanted. */
  prepareStories: ({ orders, failEvery }: { orders: number; failEvery?: number }) => {
    shop = shopOf(orders);
    returns = returnsOf(shop, failEvery);
  },
  /** Sends one webhook of each return of a range, in order. */
  sendStories: async (range: StoryRange) => {
    const gauge = new Gauge();
    let at = range.from;
    await together(range, (now) => {
      const simulated = returns[at];
      if (at >= range.to || !shop || !simulated) return null;
      at += 1;
      const body = storyOf(shop, simulated, { accepted: true })[range.step] ?? Buffer.alloc(0);
      return {
        request: httpRequest(body),
        answered: (status) => gauge.note(status, performance.now() - now),
      };
    });
    return gauge.result();
  },
});
