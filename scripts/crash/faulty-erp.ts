import { setTimeout as delay } from 'node:timers/promises';
import type { D365Simulator } from '../../nodes/sandbox/d365/simulator-types';
import type { SimulatedRequest, SimulatedResponse, Simulator } from '../../nodes/sandbox/simulator';
import type { SeededRandom } from '../../nodes/sandbox/world';

/** How the simulated ERP misbehaves all the time. Shares are 0 to 1; times in milliseconds. */
export interface ErpFaults {
  /** Calls that take longer. */
  slowShare: number;
  slowMs: number;
  /** Writes whose answer is lost although they are carried out. */
  dropShare: number;
  /** Writes that are carried out only after the caller was cut off; shorter than the settle time. */
  lateShare: number;
  lateMs: number;
}

/** Kills an instance when a write of it has come, before or after the write is carried out. */
export interface Trap {
  when: 'during-call' | 'committed-before-reply';
  instance: string;
  /** Writes that are let through before. */
  after: number;
  kill: () => void;
}

/** While it lasts, every call is refused: by a gateway, or with a long wait that the server asks for. */
export interface Outage {
  kind: 'unavailable' | 'throttled';
}

/** The longest time from the kill of a caller to the moment at which the ERP carries out what it had sent. */
const LONGEST_AFTER_KILL_MS = 1000;

/** The simulated ERP with the faults of an ERP, seen by each instance at an address of its own. */
export class FaultyErp {
  trap: Trap | null = null;
  outage: Outage | null = null;

  constructor(
    private readonly d365: D365Simulator,
    private readonly random: SeededRandom,
    private readonly faults: ErpFaults,
  ) {
    d365.dials.dropAfterCommitShare = faults.dropShare;
    d365.dials.lateCommitMs = faults.lateMs;
  }

  /** The ERP as an instance sees it. */
  seenBy(instance: string): Simulator {
    return { name: erpName(instance), handle: (request) => this.handle(request, instance) };
  }

  private async handle(request: SimulatedRequest, instance: string): Promise<SimulatedResponse> {
    if (this.outage) return refusalOf(this.outage);
    const { slowShare, slowMs, lateShare } = this.faults;
    if (this.random.next() < slowShare) await delay(slowMs);
    if (!isWrite(request)) return this.d365.handle(request);
    const trap = this.sprung(instance);
    if (trap?.when === 'during-call') {
      trap.kill();
      await delay(this.random.between(0, LONGEST_AFTER_KILL_MS));
      await this.d365.handle(request);
      return { status: 0, drop: true };
    }
    if (this.random.next() < lateShare) this.d365.dials.lateCommitNext = 1;
    const answer = await this.d365.handle(request);
    trap?.kill();
    return trap ? { status: 0, drop: true } : answer;
  }

  /** The trap, where it is this write that it waits for. */
  private sprung(instance: string): Trap | null {
    const { trap } = this;
    if (!trap || trap.instance !== instance) return null;
    trap.after -= 1;
    if (trap.after >= 0) return null;
    this.trap = null;
    return trap;
  }
}

/** Name of the ERP in the address that an instance is given. */
export function erpName(instance: string): string {
  return `d365-${instance}`;
}

function refusalOf({ kind }: Outage): SimulatedResponse {
  if (kind === 'unavailable') {
    return { status: 503, headers: { 'content-type': 'text/html' }, body: 'Service Unavailable' };
  }
  // Longer than what is waited for in memory, so that deliveries wait in the store.
  return { status: 429, headers: { 'retry-after': '6' }, body: '{}' };
}

/** A row that is created, or a batch that holds a changeset. */
function isWrite(request: SimulatedRequest): boolean {
  if (request.method === 'GET' || !request.url.startsWith('/data/')) return false;
  return (
    !request.url.startsWith('/data/$batch') ||
    /content-type:\s*multipart\/mixed/i.test(request.body.toString())
  );
}
