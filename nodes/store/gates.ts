import { isInspectedRefund } from '../returns/credit-timing';
import type { ReturnEvent, ReturnTopic } from '../returns/event';
import { buildException, type ReturnException } from '../returns/exception';
import {
  AT_THE_GATE,
  furthestTopics,
  openCodes,
  OVERDUE_CODES,
  OWN_CODES,
  phaseOf,
  stepGate,
  waitOf,
  type GateAct,
  type GateCode,
  type GateInput,
  type GatePolicy,
} from '../returns/gate';
import { reasonsOf } from '../returns/gate-rules';
import { gateWords } from '../returns/gate-words';
import { keepEvent } from './batches';
import { openDelivery } from './deliveries';
import { closeCured } from './exceptions';
import { faultPoint } from './fault-point';
import {
  endedByPerson,
  hasCredit,
  isForgotten,
  knownBesides,
  noteEffect,
  noteEvent,
  resumedOf,
} from './gate-facts';
import { gateRow, toGateReturn } from './gate-reading';
import {
  confirmationsOf,
  type GateArrival,
  type GateReturn,
  type GateRules,
  type GateTaken,
} from './gate-return';
import { halvesOf } from './halves';
import { halvesLock, judgeRejection } from './rejected-credits';
import { text, type SqlDatabase, type SqlWriter } from './sql';

/** What seems to have begun so far ahead of the clock was begun by a clock that was wrong (T5). */
const AHEAD_MS = 5 * 60_000;

export async function arriveAtGate(
  sql: SqlWriter,
  database: SqlDatabase,
  arrival: GateArrival,
  now: string,
): Promise<GateTaken> {
  const { node, returnKey, event, rules } = arrival;
  // Two events of one return must each see what the other has done.
  await sql.lock(lockOf(returnKey), halvesLock(returnKey));
  const known = await gateRow(sql, node, returnKey);
  // What was here and has been removed by age is a repeat, however long ago.
  const forgotten = known !== undefined && (await isForgotten(sql, event.id));
  if (!forgotten) await keepEvent(sql, event, returnKey, now);
  const fresh = !forgotten && (await noteEvent(sql, arrival, now));
  const before = known ? toGateReturn(known) : opened(arrival, now);
  const found: GateReturn = fresh
    ? { ...before, reasons: [...new Set([...before.reasons, ...reasonsOf(event)])].sort() }
    : before;
  const inputs: GateInput[] = [toInput(event, fresh)];
  if (!fresh) inputs.push(...(await resumedOf(sql, returnKey, found)));
  const work = new GateWork(sql, database, node, rules, now);
  const after = await work.take(found, inputs, event);
  if (fresh) await noteEffect(sql, arrival, work.acts);
  faultPoint('gate-in-transaction');
  return { found: after, repeat: !fresh, sends: work.acts.length > 0 };
}

export async function reviewAtGate(
  sql: SqlWriter,
  database: SqlDatabase,
  of: { node: string; returnKey: string; rules: GateRules },
  now: string,
): Promise<boolean> {
  const { node, returnKey, rules } = of;
  await sql.lock(lockOf(returnKey), halvesLock(returnKey));
  const row = await gateRow(sql, node, returnKey);
  if (!row) return false;
  const found = toGateReturn(row);
  const inputs: GateInput[] = [];
  const beside = await knownBesides(sql, node, returnKey);
  if (beside) {
    await noteEvent(sql, { node, returnKey, event: beside, rules }, now);
    inputs.push(toInput(beside, true));
  }
  if (found.told !== null && (await endedByPerson(sql, node, returnKey))) inputs.push({ kind: 'dropped' });
  if (found.dueAt !== null && found.dueAt <= now) inputs.push({ kind: 'limit' });
  const work = new GateWork(sql, database, node, rules, now);
  await work.take(found, inputs, null);
  if (beside) await noteEffect(sql, { node, returnKey, event: beside, rules }, work.acts);
  return work.acts.length > 0;
}

function toInput(event: ReturnEvent, fresh: boolean): GateInput {
  return { kind: 'event', topic: event.topic, fresh, inspected: isInspectedRefund(event) };
}

/** Takes a return through its inputs and does what follows, in the transaction that it was given. */
class GateWork {
  readonly acts: GateAct[] = [];

  constructor(
    private readonly sql: SqlWriter,
    private readonly database: SqlDatabase,
    private readonly node: string,
    private readonly rules: GateRules,
    private readonly now: string,
  ) {}

  async take(found: GateReturn, inputs: GateInput[], arrived: ReturnEvent | null): Promise<GateReturn> {
    const policy = this.rules.policyOf(found);
    const all: GateInput[] = [...inputs, { kind: 'look' }];
    if (!found.state.credited && (await hasCredit(this.sql, found.returnKey))) {
      all.unshift({ kind: 'credit', posted: true });
    }
    let { state } = found;
    for (const input of all) {
      const step = stepGate(state, input, policy);
      state = step.state;
      this.acts.push(...step.acts);
    }
    const after = this.timed({ ...found, state }, found, policy);
    await this.keep(after);
    if ([found.phase, after.phase].includes('rejected')) await judgeRejection(this.sql, found.returnKey);
    await this.closeWhatLostItsCause(after);
    for (const act of this.acts) await this.carryOut(act, after, found, arrived);
    return after;
  }

  /** A wait that is another one now begins now; one that goes on has the limit of the settings of now. */
  private timed(after: GateReturn, before: GateReturn, policy: GatePolicy): GateReturn {
    const { rules, now } = this;
    const { state } = after;
    const wait = waitOf(state, policy);
    const begins = wait !== before.wait || (before.told !== null && state.overdue === null);
    const tooNew = Date.parse(before.since) > Date.parse(now) + AHEAD_MS;
    const since = begins || tooNew ? now : before.since;
    const running = wait !== null && state.overdue === null;
    const dueAt = running ? new Date(Date.parse(since) + rules.limitOf(wait)).toISOString() : null;
    const told = state.overdue === null ? null : OVERDUE_CODES[state.overdue];
    return { ...after, wait, phase: phaseOf(state, policy), since, dueAt, told, changedAt: now };
  }

  private async keep(after: GateReturn): Promise<void> {
    const { state } = after;
    await this.sql.run(
      `INSERT INTO gate_returns (return_key, node, brand, return_number, order_number, reasons, state, phase, waits_for,
         since, due_at, told, codes, credited, settings, opened_at, changed_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (return_key, node) DO UPDATE SET reasons = excluded.reasons, state = excluded.state,
         phase = excluded.phase, waits_for = excluded.waits_for, since = excluded.since, due_at = excluded.due_at,
         told = excluded.told, codes = excluded.codes, credited = excluded.credited, settings = excluded.settings,
         changed_at = excluded.changed_at`,
      after.returnKey,
      this.node,
      after.brand,
      after.returnNumber,
      after.orderNumber,
      JSON.stringify(after.reasons),
      JSON.stringify(state),
      after.phase,
      after.wait,
      after.since,
      after.dueAt,
      after.told,
      openCodes(state).join(' '),
      state.credited ? 1 : 0,
      this.rules.settings,
      after.openedAt,
      after.changedAt,
    );
  }

  private async closeWhatLostItsCause({ returnKey, state }: GateReturn): Promise<void> {
    const open = openCodes(state);
    const lost = OWN_CODES.filter((code) => !open.includes(code));
    const rows = await this.sql.all(
      `SELECT * FROM exceptions WHERE return_key = ? AND status <> 'closed'
         AND code IN (${lost.map(() => '?').join(', ')})`,
      returnKey,
      ...lost,
    );
    if (rows.length > 0) await closeCured(this.sql, this.database, rows, 'the return went on', this.now);
  }

  private async carryOut(
    act: GateAct,
    after: GateReturn,
    before: GateReturn,
    arrived: ReturnEvent | null,
  ): Promise<void> {
    const furthest = await this.eventOf(after, furthestTopics(after.state), arrived);
    const { brand } = after;
    const open = (source: string, eventId: string, exception: string | null): Promise<void> =>
      openDelivery(this.sql, this.database, { source, eventId, brand, exception, now: this.now });
    switch (act.kind) {
      case 'release':
        // For its credit goes what tells most of the goods; later events go as they come.
        await open(this.node, act.step === 'later' && arrived ? arrived.id : furthest, null);
        return;
      case 'confirm':
        await open(confirmationsOf(this.node), furthest, null);
        return;
      case 'reject':
      case 'exception': {
        const topic = act.kind === 'reject' ? 'return.rejected' : (arrived?.topic ?? null);
        const eventId = topic === null ? furthest : await this.eventOf(after, [topic], arrived);
        await open(this.node, eventId, JSON.stringify(await this.exceptionOf(act.code, after, before)));
      }
    }
  }

  private async exceptionOf(code: GateCode, after: GateReturn, before: GateReturn): Promise<ReturnException> {
    const { returnKey, returnNumber, orderNumber, brand } = after;
    const credit = (await halvesOf(this.sql, returnKey)).find(({ half }) => half === 'credit');
    return buildException({
      code,
      returnNumber,
      orderNumber,
      brand,
      what: gateWords(code, {
        since: before.since,
        now: this.now,
        timing: this.rules.policyOf(after).timing,
        credit: credit ?? null,
      }),
      raisedBy: this.rules.raisedBy,
      raisedAt: this.now,
    });
  }

  /** The newest event of the first of the topics that came to the gate; where there is none, any event that did. */
  private async eventOf(
    of: GateReturn,
    topics: readonly ReturnTopic[],
    arrived: ReturnEvent | null,
  ): Promise<string> {
    const row = await this.sql.get(
      `SELECT event_id FROM gate_events WHERE return_key = ? AND node = ?
       ORDER BY CASE ${topics.map((_, at) => `WHEN topic = ? THEN ${at}`).join(' ')} ELSE ${topics.length} END,
         happened_at DESC, event_id DESC LIMIT 1`,
      of.returnKey,
      this.node,
      ...topics,
    );
    return row ? text(row, 'event_id') : (arrived?.id ?? '');
  }
}

/** The first event of a return opens its place at the gate. */
function opened({ returnKey, event }: GateArrival, now: string): GateReturn {
  return {
    returnKey,
    brand: event.brand,
    returnNumber: event.returnNumber ?? event.returnId,
    orderNumber: event.order.number,
    reasons: [],
    state: AT_THE_GATE,
    phase: 'held',
    wait: null,
    since: now,
    dueAt: null,
    told: null,
    openedAt: now,
    changedAt: now,
  };
}

function lockOf(returnKey: string): string {
  return `gates/${returnKey}`;
}
