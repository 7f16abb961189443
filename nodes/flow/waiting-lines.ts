import { divideEvent, linesToWait, WAITING_PART } from '../returns/division';
import { returnKey, type ReturnEvent } from '../returns/event';
import type { ReturnException } from '../returns/exception';
import { verdictOn, type Finding, type Verdict } from '../returns/finding';
import { instantOf } from '../returns/time';
import { DeliverySource } from '../runtime/delivery-source';
import { emitting, type Emitting } from '../runtime/emitting';
import type { NodeContext } from '../runtime/define-node';
import { realSurroundings } from '../runtime/retry';
import { faultPoint } from '../store/fault-point';
import type { ReturnsStore } from '../store/store';
import type { Validated } from './validate-return';

/** How many parts of one brand may be under way. */
const WINDOW = 50;

export interface WaitingLinesOptions {
  /** Whether returns may be divided that have not been. One that was divided stays so, whatever the setting is now. */
  mayBegin: boolean;
  /** The exception of a part that waits. */
  raise: (part: ReturnEvent, verdict: Verdict) => ReturnException;
}

/** What of an event goes on now, or is held, and what was found of it. */
export interface Looked {
  event: ReturnEvent;
  validated: Validated;
}

/**
 * Lets the lines of a return go on that may, and sends what waits as a part of its own: by output 2 with its exception, and
 * by output 1 once nothing holds it any more. The part is a delivery in the store, so it is never lost and never sent twice.
 */
export class WaitingLines {
  private source: DeliverySource | undefined;
  private store: ReturnsStore | undefined;

  constructor(
    private readonly node: Emitting & Pick<NodeContext<unknown>, 'label'>,
    private readonly options: WaitingLinesOptions,
  ) {}

  /** Sends what is left from before. To be called as soon as the store is open; more often does no harm. */
  start(store: ReturnsStore): void {
    if (this.store === store || this.node.signal.aborted) return;
    this.source?.close();
    this.store = store;
    const sender = emitting(this.node, store, ['part-before-emit', 'part-emitted']);
    this.source = new DeliverySource(sender, store, { window: WINDOW });
    this.source.start();
  }

  close(): void {
    this.source?.close();
  }

  /**
   * Looks at an event, of a divided return at each part by itself, and divides it where that is asked for and nothing speaks
   * against it. A return that is held as a whole is not settled yet: it may be divided when it comes again.
   *
   * @param validate what is to be found out about an event
   * @returns null where the event has nothing for what went on first
   */
  async look(
    event: ReturnEvent,
    store: ReturnsStore,
    validate: (event: ReturnEvent) => Promise<Validated>,
  ): Promise<Looked | null> {
    const { mayBegin, raise } = this.options;
    const parts =
      event.part === undefined ? await store.partsOf(returnKey(event)) : new Map<string, number>();
    const divided = [...parts.values()].includes(WAITING_PART);
    if (event.part !== undefined || !(divided || mayBegin))
      return { event, validated: await validate(event) };

    const { first, waiting } = divideEvent(event, parts);
    const found = first && (await validate(first));
    const other = waiting && (await validate(waiting));
    // A state of the order concerns every line of it.
    const blocked = [found, other].find((one) => one?.waitsFor);
    if (blocked) return { event, validated: blocked };
    const findings = found?.findings ?? [];
    const wait = divided ? [] : linesToWait(event, findings);
    if (found && !divided && wait.length === 0 && found.verdict !== null) return { event, validated: found };

    this.start(store);
    const exceptionOf = (part: ReturnEvent): ReturnException | null => {
      const verdict = divided ? (other?.verdict ?? null) : verdictOn(findingsOf(part, findings));
      return verdict && raise(part, verdict);
    };
    const division = { source: this.node.id, event, wait, mayBegin, exceptionOf };
    const now = await store.divide(division, instantOf(realSurroundings.clock));
    faultPoint('divided-before-sent');
    if (now === null || found === null) return null;
    const left = findings.filter(({ line }) => typeof line.lineId !== 'string');
    left.push(...findingsOf(now, findings));
    return { event: now, validated: { ...found, findings: left, verdict: verdictOn(left) } };
  }

  /**
   * The event as it is held for something that concerns all of it, such as an ERP that cannot be asked. Of a divided return
   * each part is held by itself, so that what a person settles for one is never taken as settled, or as open, for the other.
   *
   * @param raise the exception of the part that waits
   * @returns null where the event has nothing for what went on first
   */
  async held(
    event: ReturnEvent,
    store: ReturnsStore,
    raise: (part: ReturnEvent) => ReturnException,
  ): Promise<ReturnEvent | null> {
    if (event.part !== undefined) return event;
    const parts = await store.partsOf(returnKey(event));
    if (![...parts.values()].includes(WAITING_PART)) return event;
    this.start(store);
    return store.divide(
      { source: this.node.id, event, wait: [], mayBegin: false, exceptionOf: raise },
      instantOf(realSurroundings.clock),
    );
  }
}

/** What was found of the lines of an event. */
function findingsOf({ lines }: ReturnEvent, findings: readonly Finding[]): Finding[] {
  const ids = new Set(lines.map(({ id }) => id));
  return findings.filter(({ line }) => typeof line.lineId === 'string' && ids.has(line.lineId));
}
