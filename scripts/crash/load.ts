import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { SeededRandom } from '../../nodes/sandbox/world';
import type { Instance } from './instance';
import type { Delivery, Scenario } from './scenario';

/** Share of the POSTs that come twice although they were answered. */
const DUPLICATE_SHARE = 0.1;
/** POSTs of so many returns are sent together, in any order. */
const WINDOW_RETURNS = 10;
/** Windows under way at a time. */
const WINDOWS = 4;
/** A platform gives up waiting for an answer, and sends again. */
const ANSWER_LIMIT_MS = 10_000;
/** How long it sleeps where nothing is to be sent for now. */
const PAUSE_MS = 25;

/**
 * The platforms: they send their webhooks until each has been answered with 2xx, some of them twice, in shuffled
 * order, to whichever instance a load balancer would choose.
 */
export class Load {
  /** Returns a second; 0 for a pause. */
  rate = 0;
  returns = 0;
  /** POSTs that were sent for the first time, and POSTs that are still to be answered. */
  posts = 0;
  unanswered = 0;
  acknowledged = 0;
  private readonly agent = new Agent({ keepAlive: false });
  private readonly again: Delivery[] = [];
  /** Returns that may be sent by now. */
  private credit = 0;
  private earnedAt = performance.now();
  private turn = 0;
  readonly done: Promise<void>;

  constructor(
    private readonly scenarios: readonly Scenario[],
    private readonly instances: readonly Instance[],
    private readonly random: SeededRandom,
    readonly total: number,
  ) {
    this.done = Promise.all(Array.from({ length: WINDOWS }, () => this.work())).then(() => undefined);
  }

  /** Resolves when everything that was begun has been answered; the rate should be 0. */
  async quiet(): Promise<void> {
    while (this.unanswered > 0) await delay(PAUSE_MS);
  }

  private async work(): Promise<void> {
    for (;;) {
      await this.turnToSend();
      const window = this.nextWindow();
      if (window.length === 0) return;
      this.unanswered += window.length;
      await Promise.all(window.map((one) => this.send(one)));
    }
  }

  /** Waits until a window may go out at the rate of now, which may change while it waits. */
  private async turnToSend(): Promise<void> {
    while (this.returns < this.total) {
      const now = performance.now();
      const earned = ((now - this.earnedAt) / 1000) * this.rate;
      this.credit = Math.min(WINDOW_RETURNS * WINDOWS, this.credit + earned);
      this.earnedAt = now;
      if (this.rate > 0 && this.credit >= WINDOW_RETURNS) {
        this.credit -= WINDOW_RETURNS;
        return;
      }
      await delay(PAUSE_MS);
    }
  }

  private nextWindow(): Delivery[] {
    const left = Math.min(WINDOW_RETURNS, this.total - this.returns);
    this.returns += left;
    const fresh = this.fromNextScenario(left);
    this.posts += fresh.length;
    const repeats = fresh.filter(() => this.random.next() < DUPLICATE_SHARE);
    // Half of the repeats come at once, the others with a later window.
    const late = this.again.splice(0);
    const now = repeats.filter(() => this.random.next() < 0.5);
    this.again.push(...repeats.filter((one) => !now.includes(one)));
    return this.random.shuffle([...fresh, ...now, ...late]);
  }

  /** The scenarios take turns; one that has no more returns is passed over. */
  private fromNextScenario(returns: number): Delivery[] {
    for (let tried = 0; tried < this.scenarios.length; tried += 1) {
      const deliveries = this.scenarios[this.turn % this.scenarios.length]?.next(returns) ?? [];
      this.turn += 1;
      if (deliveries.length > 0) return deliveries;
    }
    return [];
  }

  private async send(delivery: Delivery): Promise<void> {
    await delivery.send(async (body, headers) => {
      const answer = await this.post(delivery.path, body, headers);
      if (answer >= 200 && answer < 300) {
        this.acknowledged += 1;
        delivery.acknowledged();
      }
      return answer;
    });
    this.unanswered -= 1;
  }

  private post(path: string, body: Buffer, headers: Record<string, string>): Promise<number> {
    const running = this.instances.filter((instance) => instance.running);
    const instance = running.length > 0 ? this.random.pick(running) : this.instances[0];
    if (!instance) return Promise.resolve(0);
    return new Promise((resolve) => {
      const outgoing = request(
        {
          host: '127.0.0.1',
          port: instance.port,
          path,
          method: 'POST',
          agent: this.agent,
          headers: { ...headers, 'content-length': body.length },
          timeout: ANSWER_LIMIT_MS,
        },
        (answer) => {
          answer.resume();
          answer.on('end', () => resolve(answer.statusCode ?? 0));
          answer.on('close', () => resolve(0));
        },
      );
      outgoing.on('timeout', () => outgoing.destroy());
      outgoing.on('error', () => resolve(0));
      outgoing.end(body);
    });
  }
}
