import {
  alertText,
  alertTopic,
  type AlertFacts,
  type AlertKind,
  type AlertPriority,
} from '../returns/exception-alert';
import type { ExceptionCode } from '../returns/exception-catalogue';
import { rankOf } from '../returns/exception-rank';
import type { Money } from '../returns/money';
import { instantOf, type Clock } from '../returns/time';
import type { NodeMessage } from '../runtime/node-red';
import { redact } from '../runtime/redact';
import { faultPoint } from '../store/fault-point';
import type { TakenAlert } from '../store/exception-alerts';
import type { ReturnsStore } from '../store/store';
import { titleOf } from './exception-codes';

/** What `msg.alert` holds, for flows that decide by it. */
export interface Alert {
  kind: AlertKind;
  code: string;
  /** What alerts are counted by: a cause, or code and brand of causes of one return each. */
  cause: string;
  /** Who has to act; of several the one with the most valuable exception. Null where it is cleared. */
  owner: string | null;
  brand: string | null;
  /** Open exceptions. */
  count: number;
  value: Money[];
  priority: AlertPriority;
  /** Ids of the first few. */
  exceptions: string[];
}

export interface RouterAlertsParts {
  store: ReturnsStore;
  router: string;
  send: (message: NodeMessage) => void;
  /** Whether what is sent now arrives: while a deploy stops and starts nodes it may not. */
  canSend: () => boolean;
  clock: Clock;
  /** At most one alert for each cause in this time. */
  everyMs: number;
}

/** How long an alert is ours from taking it to confirming it, which takes a moment. */
const OURS_MS = 60_000;
/** A refused credit is told again so soon, where more are refused (R151). */
const HIGHEST_EVERY_MS = 60_000;
/**
 * A document that came out with another amount, and a refund that was not booked, reach finance within a minute, each of
 * them (R58, R82, R191): what follows the first waits this long at most, and until the next look.
 */
const MONEY_EVERY_MS = 30_000;
const MONEY: readonly ExceptionCode[] = [
  'amount-mismatch',
  'payment-method-unmapped',
  'refund-over-paid',
  'refund-declined',
  'credit-blocked',
];
/** From this score on an alert is of high priority. */
const HIGH_SCORE = 60;

/** Tells people of what is parked at a router, at most once for each cause and interval (R194, R199). */
export class RouterAlerts {
  private looking: Promise<void> | undefined;
  private again = false;

  constructor(private readonly parts: RouterAlertsParts) {}

  /** Tells what is due. A look that is asked for during another follows it. */
  look(): Promise<void> {
    this.again = true;
    this.looking ??= this.lookUntilDone();
    return this.looking;
  }

  private async lookUntilDone(): Promise<void> {
    const { store, router, canSend, clock, everyMs } = this.parts;
    try {
      while (this.again && canSend()) {
        this.again = false;
        const now = clock.now();
        const taken = await store.takeAlerts(router, {
          now: at(now),
          until: at(now + OURS_MS),
          resumedSince: at(now - everyMs),
        });
        for (const alert of taken) await this.tell(alert);
        if (taken.length > 0) this.again = true;
      }
    } finally {
      this.looking = undefined;
    }
  }

  private async tell(taken: TakenAlert): Promise<void> {
    const { store, send, clock, everyMs } = this.parts;
    const priority = priorityOf(taken, instantOf(clock));
    faultPoint('alert-taken');
    if (taken.kind !== null) send(alertMessage(taken, taken.kind, priority));
    faultPoint('alert-sent');
    const interval = Math.min(everyMs, soonest(taken.code, priority));
    await store.confirmAlert(taken, at(clock.now() + interval), instantOf(clock));
  }
}

/** How soon more of it may be told again, where the node's own interval is longer. */
function soonest(code: string, priority: AlertPriority): number {
  if (MONEY.some((one) => one === code)) return MONEY_EVERY_MS;
  return priority === 'highest' ? HIGHEST_EVERY_MS : Number.POSITIVE_INFINITY;
}

/** The message on the alerts output, ready for an e-mail or chat node. */
export function alertMessage(taken: TakenAlert, kind: AlertKind, priority: AlertPriority): NodeMessage {
  const [top] = taken.first;
  const facts: AlertFacts = {
    kind,
    title: titleOf(taken.code),
    key: taken.key,
    brand: taken.brand,
    owners: taken.owners,
    returns: taken.returns,
    more: taken.more,
    value: taken.value,
    since: taken.since,
    priority,
    example: top
      ? {
          summary: top.exception.summary,
          returnNumber: top.exception.about.returnNumber,
          orderNumber: top.exception.about.orderNumber,
          nextStep: top.exception.steps[0] ?? null,
        }
      : null,
  };
  const alert: Alert = {
    kind,
    code: taken.code,
    cause: taken.key,
    owner: top?.exception.owner ?? null,
    brand: taken.brand,
    count: taken.count,
    value: taken.value,
    priority,
    exceptions: taken.first.map(({ id }) => id),
  };
  return {
    topic: redact(alertTopic(facts)),
    payload: redact(alertText(facts)),
    ...(priority === 'highest' && kind !== 'cleared' ? { priority: 'high' } : {}),
    alert,
  };
}

/** As urgent as the most valuable one is in the list, with all that wait for the same thing. */
function priorityOf({ first: [top], code, count }: TakenAlert, now: string): AlertPriority {
  const facts = {
    code,
    owner: top?.exception.owner ?? '',
    value: top?.value ?? null,
    firstAt: top?.firstAt ?? now,
    group: Math.max(1, count),
  };
  const { score, parts } = rankOf(facts, now);
  if (parts.credit > 0) return 'highest';
  return score >= HIGH_SCORE ? 'high' : 'normal';
}

function at(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
