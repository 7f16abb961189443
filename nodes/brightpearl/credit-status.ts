import { formatDecimal, money, type Money } from '../returns/money';
import type { ExposureRow } from '../runtime/pair-watch';
import type { StatusLine } from '../runtime/status';
import type { BrightpearlConnector } from './connector';
import type { CreditConfig } from './credit-config';
import { drainMinutes, inWords, plannedCallsPerReturn } from './forecast';

/** From so many waiting deliveries on, the status tells how long they will take. */
const BACKLOG = 20;
/** How often the backlog is counted, in milliseconds. */
const COUNT_EVERY_MS = 2000;
/** How often the exposure is read, in milliseconds. */
const EXPOSURE_EVERY_MS = 3000;
/** From so many returns on, what they cost in calls is measured well enough to be used. */
const MEASURED = 100;
/** Marks that are kept, so far apart: how far back the measurement looks. */
const MARKS = 5;
/** As many as a source lets be under way together. */
const TOGETHER = 50;

/** What the status needs to know of an account. */
type Account = Pick<BrightpearlConnector, 'callsForReturns' | 'callsPerMinute' | 'settings'>;

/** How far the work was at a moment. */
interface Mark {
  calls: number;
  handled: number;
}

/** What the node's status says: work done, work that waits, and under a backlog how long it will take (T12). */
export class CreditStatus {
  private readonly counts = { created: 0, found: 0, underWay: 0 };
  /** Returns, not events: several events of one return meet the same problem. */
  private readonly heldReturns = new Set<string>();
  private readonly waiting = new Set<string>();
  private readonly settledReturns = new Set<string>();
  private backlog = 0;
  private countedAt = Number.NEGATIVE_INFINITY;
  /** Marks of the backlog's course, oldest first; what lies before the first is no longer counted. */
  private marks: Mark[] = [];
  private handled = 0;
  private connector: Account | null = null;
  private exposure = '';
  private exposureReadAt = Number.NEGATIVE_INFINITY;
  private exposureTimer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly line: StatusLine,
    private readonly config: Pick<CreditConfig, 'invoice' | 'refund'>,
    private readonly now: () => number = () => performance.now(),
  ) {
    line.idle('waiting');
  }

  /** A message is taken up; the returned function is to be called when it is dealt with. */
  begins(countBacklog: () => Promise<number>, connector: Account | null): () => void {
    this.counts.underWay += 1;
    this.connector = connector;
    this.count(countBacklog);
    this.show();
    return () => {
      this.counts.underWay -= 1;
      this.handled += 1;
      this.mark();
      this.show();
    };
  }

  credited(returnKey: string, created: boolean): void {
    if (created) this.counts.created += 1;
    else this.counts.found += 1;
    this.waiting.delete(returnKey);
  }

  held(returnKey: string): void {
    this.heldReturns.add(returnKey);
    this.waiting.delete(returnKey);
  }

  /** A person has settled it outside. */
  byHand(returnKey: string): void {
    this.settledReturns.add(returnKey);
    this.done(returnKey);
  }

  waits(returnKey: string): void {
    this.waiting.add(returnKey);
  }

  done(returnKey: string): void {
    this.heldReturns.delete(returnKey);
    this.waiting.delete(returnKey);
  }

  /** Money out and goods not in (R98) have changed: read every few seconds at most, and once more after the last. */
  exposed(read: () => Promise<ExposureRow[]>): void {
    if (this.exposureTimer || this.closed) return;
    const wait = Math.max(0, this.exposureReadAt + EXPOSURE_EVERY_MS - this.now());
    this.exposureTimer = setTimeout(() => {
      this.exposureTimer = undefined;
      this.exposureReadAt = this.now();
      read().then(
        (rows) => this.showExposure(rows),
        () => undefined,
      );
    }, wait);
  }

  /** Nothing is read or shown after this. */
  close(): void {
    this.closed = true;
    clearTimeout(this.exposureTimer);
  }

  private showExposure(rows: readonly ExposureRow[]): void {
    const sums = new Map<string, number>();
    for (const { currency, minor } of rows) sums.set(currency, (sums.get(currency) ?? 0) + minor);
    this.exposure = [...sums]
      .filter(([, minor]) => minor > 0)
      .map(([currency, minor]) => `${inShort(money(minor, currency))} ${currency} out`)
      .join(', ');
    this.show();
  }

  /** Minutes that the backlog will take, before it is worked off and while it is; null where there is none. */
  forecastMinutes(): number | null {
    if (this.backlog < BACKLOG || !this.connector) return null;
    return drainMinutes(this.backlog, this.callsPerMessage(), this.connector.callsPerMinute);
  }

  private callsPerMessage(): number {
    const { connector } = this;
    const [since] = this.marks;
    if (connector && since && this.handled - since.handled >= MEASURED) {
      return (connector.callsForReturns - since.calls) / (this.handled - since.handled);
    }
    return plannedCallsPerReturn({
      together: Math.min(TOGETHER, this.backlog),
      writeTogether: connector?.settings.writeTogether ?? true,
      invoice: this.config.invoice !== 'never',
      refund: this.config.refund,
    });
  }

  /** The pace of the last ones counts: how a backlog begins says little of how it goes on. */
  private mark(): void {
    const last = this.marks.at(-1);
    if (!last || this.handled - last.handled < MEASURED) return;
    this.marks = [...this.marks, this.nowMark()].slice(-MARKS);
  }

  private nowMark(): Mark {
    return { calls: this.connector?.callsForReturns ?? 0, handled: this.handled };
  }

  private count(countBacklog: () => Promise<number>): void {
    const now = this.now();
    if (now - this.countedAt < COUNT_EVERY_MS) return;
    this.countedAt = now;
    countBacklog().then(
      (backlog) => {
        // A backlog is measured from its beginning, so that quiet times do not count into it.
        if (backlog < BACKLOG) this.marks = [];
        else if (this.marks.length === 0) this.marks = [this.nowMark()];
        this.backlog = backlog;
        this.show();
      },
      () => undefined,
    );
  }

  private show(): void {
    const { created, underWay } = this.counts;
    const minutes = this.forecastMinutes();
    if (minutes !== null && underWay > 0) {
      this.line.busy(`${this.backlog} to go · ${inWords(minutes)}`);
      return;
    }
    // A status has little room, and what is out matters more than a long word.
    const parts = [`${created} ${this.exposure === '' ? 'credited' : 'ok'}`];
    if (this.waiting.size > 0) parts.push(`${this.waiting.size} waiting`);
    if (this.heldReturns.size > 0) parts.push(`${this.heldReturns.size} held`);
    if (this.settledReturns.size > 0) parts.push(`${this.settledReturns.size} by hand`);
    if (this.exposure !== '') parts.push(this.exposure);
    const text = parts.join(' · ');
    if (underWay > 0) this.line.busy(`${underWay} posting · ${text}`);
    else if (this.waiting.size > 0) this.line.waiting(text);
    else if (this.heldReturns.size > 0) this.line.attention(text);
    else this.line.ok(text);
  }
}

/** An amount without its decimals where it is large. */
function inShort(amount: Money): string {
  const text = formatDecimal(amount);
  return text.length > 6 ? text.replace(/\.\d+$/, '') : text;
}
