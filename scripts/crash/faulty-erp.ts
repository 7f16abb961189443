import { setTimeout as delay } from 'node:timers/promises';
import type { SimulatedRequest, SimulatedResponse, Simulator } from '../../nodes/sandbox/simulator';
import type { SeededRandom } from '../../nodes/sandbox/world';

/** A simulated ERP, and how it is spoken to. */
export interface ErpUnderTest extends Simulator {
  readonly dials: { dropAfterCommitShare: number; lateCommitMs: number; lateCommitNext: number };
  /** Everything late has been carried out. */
  settled(): Promise<void>;
  isWrite(request: SimulatedRequest): boolean;
  /** Its answer to every call while it is out of order. */
  refusal(outage: Outage): SimulatedResponse;
  /** A request that holds several documents, each whole or not at all, in two; null for any other. */
  inHalves?(request: SimulatedRequest): readonly [SimulatedRequest, SimulatedRequest] | null;
}

/** How the simulated ERP misbehaves all the time. Shares are 0 to 1; times in milliseconds. */
export interface ErpFaults {
  /** Calls that take longer. */
  slowShare: number;
  slowMs: number;
  /** Writes whose answer is lost although they are carried out. */
  dropShare: number;
  /** Writes that are carried out only after the caller was cut off. */
  lateShare: number;
  lateMs: number;
  /** The longest time from the kill of a caller to the moment at which the ERP carries out what it had sent. */
  afterKillMs: number;
}

/**
 * Kills an instance when a write of it has come, before or after the write is carried out, or when one half of a
 * request that holds several documents is.
 */
export interface Trap {
  when: 'during-call' | 'committed-before-reply' | 'half-done';
  instance: string;
  /** Writes that are let through before. */
  after: number;
  kill: () => void;
}

/** While it lasts, every call is refused: by a gateway, or with a long wait that the server asks for. */
export interface Outage {
  kind: 'unavailable' | 'throttled';
}

/** Longer than what is waited for in memory, so that deliveries wait in the store; in seconds. */
export const OUTAGE_WAIT_SECONDS = 6;

const SIGN_IN = /\/oauth2\//;

/** The simulated ERP with the faults of an ERP, seen by each instance at an address of its own. */
export class FaultyErp {
  trap: Trap | null = null;
  outage: Outage | null = null;
  /** Calls that came, those of an outage not counted. */
  calls = 0;
  private readonly late = new Set<Promise<void>>();

  constructor(
    private readonly erp: ErpUnderTest,
    private readonly random: SeededRandom,
    private readonly faults: ErpFaults,
  ) {
    erp.dials.dropAfterCommitShare = faults.dropShare;
    erp.dials.lateCommitMs = faults.lateMs;
  }

  /** The ERP as an instance sees it. */
  seenBy(instance: string): Simulator {
    return { name: this.nameFor(instance), handle: (request) => this.handle(request, instance) };
  }

  /** Name of the ERP in the address that an instance is given. */
  nameFor(instance: string): string {
    return `${this.erp.name}-${instance}`;
  }

  /** Everything late has been carried out. */
  async settled(): Promise<void> {
    while (this.late.size > 0) await Promise.all(this.late);
    await this.erp.settled();
  }

  /** What it did, in words. */
  conditions(): string {
    const { slowShare, slowMs, dropShare, lateShare, lateMs, afterKillMs } = this.faults;
    const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;
    return (
      `${percent(slowShare)} of the calls ${slowMs} ms slower, ${percent(dropShare)} of the writes without an answer, ` +
      `${percent(lateShare)} carried out ${lateMs} ms after the caller was cut off, those of a killed caller up to ` +
      `${afterKillMs} ms after it`
    );
  }

  private async handle(request: SimulatedRequest, instance: string): Promise<SimulatedResponse> {
    // Who signs in asks another service, which is not out of order.
    if (this.outage && !SIGN_IN.test(request.url)) return this.erp.refusal(this.outage);
    this.calls += 1;
    const { slowShare, slowMs, lateShare } = this.faults;
    if (this.random.next() < slowShare) await delay(slowMs);
    if (!this.erp.isWrite(request)) return this.erp.handle(request);
    const trap = this.sprung(instance, request);
    if (trap) return this.killed(trap, request);
    if (this.random.next() < lateShare) this.erp.dials.lateCommitNext = 1;
    return this.erp.handle(request);
  }

  private async killed(trap: Trap, request: SimulatedRequest): Promise<SimulatedResponse> {
    const halves = this.erp.inHalves?.(request) ?? null;
    if (trap.when === 'half-done' && halves) {
      const [first, second] = halves;
      await this.erp.handle(first);
      trap.kill();
      // The other half comes late, or never.
      if (this.random.next() < 0.5) this.later(second);
    } else if (trap.when === 'during-call') {
      trap.kill();
      this.later(request);
    } else {
      await this.erp.handle(request);
      trap.kill();
    }
    return { status: 0, drop: true };
  }

  /** Carries out what a caller that is no more has sent. */
  private later(request: SimulatedRequest): void {
    const work = delay(this.random.between(0, this.faults.afterKillMs)).then(async () => {
      await this.erp.handle(request);
    });
    this.late.add(work);
    void work.finally(() => this.late.delete(work));
  }

  /** The trap, where it is this write that it waits for. */
  private sprung(instance: string, request: SimulatedRequest): Trap | null {
    const { trap } = this;
    if (!trap || trap.instance !== instance) return null;
    if (trap.when === 'half-done' && !this.erp.inHalves?.(request)) return null;
    trap.after -= 1;
    if (trap.after >= 0) return null;
    this.trap = null;
    return trap;
  }
}
