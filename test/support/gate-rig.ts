import { GateKeeper } from '../../nodes/flow/gate-keeper';
import { gateConfigSchema, gateRulesOf, gateSettingsOf } from '../../nodes/flow/gate-settings';
import { returnKey, type ReturnEvent, type ReturnTopic } from '../../nodes/returns/event';
import type { ReturnException } from '../../nodes/returns/exception';
import type { LedgerError } from '../../nodes/returns/failure';
import { seededRandom } from '../../nodes/sandbox/world';
import { confirmationsOf, type GateReturn, type GateRules } from '../../nodes/store/gate-return';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { Half, ReturnsStore } from '../../nodes/store/store';
import { SimulatedClock } from '../../scripts/crash/simulated-clock';
import { event } from './events';

export const GATE = 'gate-node';
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export interface Sent {
  event: ReturnEvent;
  exception: ReturnException | null;
  /** It confirms a refund. */
  confirms: boolean;
  /** It goes out as a refund whose goods are accepted. */
  goodsAccepted: boolean;
}

/** A gate without Node-RED, on a clock that jumps, over a store in memory or the one that is given. */
export class GateRig {
  readonly failures: LedgerError[] = [];
  readonly rules: GateRules;
  readonly keeper: GateKeeper;
  private readonly abort = new AbortController();

  private constructor(
    readonly store: ReturnsStore,
    readonly time: SimulatedClock,
    config: Record<string, unknown>,
  ) {
    this.rules = gateRulesOf(gateSettingsOf(gateConfigSchema.parse({ store: 's', ...config })));
    this.keeper = new GateKeeper({
      node: GATE,
      store,
      rules: this.rules,
      surroundings: time,
      signal: this.abort.signal,
      onChange: () => undefined,
      onFailure: (error) => void this.failures.push(error),
    });
  }

  static async open(
    config: Record<string, unknown> = {},
    parts: { store?: ReturnsStore; start?: string } = {},
  ): Promise<GateRig> {
    const store = parts.store ?? (await openMemoryStore());
    const time = new SimulatedClock(seededRandom(1), Date.parse(parts.start ?? '2026-02-20T10:00:00Z'));
    return new GateRig(store, time, config);
  }

  get now(): string {
    return new Date(this.time.clock.now()).toISOString();
  }

  /** The same gate with other settings, as after a deploy. */
  redeployed(config: Record<string, unknown>): GateRig {
    return new GateRig(this.store, this.time, config);
  }

  async take(topic: ReturnTopic, name = 'A', change: Partial<ReturnEvent> = {}): Promise<GateReturn> {
    const taken = await this.keeper.take(told(topic, name, change));
    return taken.found;
  }

  /** Time passes, and the gate looks. */
  async passes(milliseconds: number): Promise<void> {
    await this.time.run(this.time.wait(milliseconds));
    await this.keeper.work();
  }

  /** A half of a return is recorded, as the node of an ERP does it. */
  async half(half: Half, name = 'A', { minor = -2500, looks = true } = {}): Promise<void> {
    await this.store.recordHalf({
      returnKey: keyOf(name),
      half,
      connectionId: 'erp',
      brand: 'acme-shoes',
      returnNumber: name,
      orderNumber: `AC-${name}`,
      document: half === 'goods' ? null : `D-${name}`,
      amount: half === 'credit' ? { minor, currency: 'GBP' } : null,
      at: this.now,
      dueAt: null,
    });
    if (looks) await this.keeper.work();
  }

  /** What went out since it was asked for last; it is settled. */
  async sent(): Promise<Sent[]> {
    const all: Sent[] = [];
    for (const source of [GATE, confirmationsOf(GATE)]) {
      for (const one of await this.store.takeDeliveries(source, { each: 100_000 }, this.now)) {
        const { event: of, exception, goodsAccepted = false } = one;
        all.push({ event: of, exception, confirms: source !== GATE, goodsAccepted });
        await this.store.settleDelivery(one.id, this.now);
      }
    }
    return all;
  }

  /** The same in short: topics, codes of exceptions, and `refund` for what confirms one. */
  async out(): Promise<string[]> {
    return (await this.sent()).map(({ event: of, exception, confirms }) =>
      confirms ? 'refund' : (exception?.code ?? of.topic.replace('return.', '')),
    );
  }

  async at(name = 'A'): Promise<GateReturn> {
    const found = await this.store.gateReturn(GATE, keyOf(name));
    if (!found) throw new Error(`${name} is not at the gate`);
    return found;
  }

  async end(): Promise<void> {
    this.abort.abort();
    await this.store.close();
  }
}

/** An event of a return of its own name; of one topic there is one, unless the change says otherwise. */
export function told(topic: ReturnTopic, name = 'A', change: Partial<ReturnEvent> = {}): ReturnEvent {
  return event({
    id: `event-${name}-${topic}`,
    topic,
    returnId: name,
    returnNumber: name,
    order: { number: `AC-${name}`, id: null },
    ...change,
  });
}

export function keyOf(name: string): string {
  return returnKey(told('return.started', name));
}

/** Runs a test with a gate and ends it. */
export async function withGate(
  config: Record<string, unknown>,
  work: (rig: GateRig) => Promise<void>,
  parts: Parameters<typeof GateRig.open>[1] = {},
): Promise<void> {
  const rig = await GateRig.open(config, parts);
  try {
    await work(rig);
  } finally {
    await rig.end();
  }
}
