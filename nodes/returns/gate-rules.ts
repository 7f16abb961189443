import { CREDIT_TIMINGS, LEAST, type CreditTiming } from './credit-timing';
import { platformOf, type ReturnEvent } from './event';
import type { GatePolicy, GateWait } from './gate';

/** A row that overrides the policy of a gate for a brand, a reason, or both; blank: any. */
export interface PolicyRow {
  brand: string;
  reason: string;
  policy: CreditTiming;
}

/** What a gate does, as the dialog sets it. */
export interface GateSettings {
  timing: CreditTiming;
  rows: readonly PolicyRow[];
  /** Whether refunds are confirmed once their credit exists. */
  confirm: boolean;
  /** Platforms whose refund counts as acceptance of the goods. */
  refundAccepts: readonly string[];
  /** How long each wait may last, in hours. */
  hours: Readonly<Record<GateWait, number>>;
}

/** What the choice of a policy depends on. */
export interface GateFacts {
  returnKey: string;
  brand: string;
  /** Reason codes of the returned lines. */
  reasons: readonly string[];
}

/**
 * The policy of one return (R71): the row with brand and reason before one with either, and that before the node's own.
 * Where rows are equally exact, or lines have different reasons, the more careful one holds for the whole return: there
 * is one credit.
 */
export function policyFor(settings: GateSettings, facts: GateFacts): GatePolicy {
  const reasons = facts.reasons.length === 0 ? [''] : facts.reasons;
  const timings = reasons.map((reason) => timingFor(settings, facts.brand, reason));
  return {
    timing: mostCareful(timings, settings.timing),
    confirm: settings.confirm,
    refundAccepts: refundAccepts(settings, platformOf(facts.returnKey)),
  };
}

/** Whether a platform refunds only what was accepted; what is not named does not (R87). */
export function refundAccepts(settings: Pick<GateSettings, 'refundAccepts'>, platform: string): boolean {
  return settings.refundAccepts.some((one) => same(one, platform));
}

function timingFor({ rows, timing }: GateSettings, brand: string, reason: string): CreditTiming {
  const fits = (cell: string, value: string): boolean => cell === '' || same(cell, value);
  const fitting = rows.filter((row) => fits(row.brand, brand) && fits(row.reason, reason));
  const exactness = (row: PolicyRow): number => (row.brand === '' ? 0 : 1) + (row.reason === '' ? 0 : 1);
  const most = Math.max(0, ...fitting.map(exactness));
  const best = fitting.filter((row) => exactness(row) === most);
  return mostCareful(
    best.map(({ policy }) => policy),
    timing,
  );
}

function mostCareful(timings: readonly CreditTiming[], otherwise: CreditTiming): CreditTiming {
  const [first, ...others] = timings;
  if (first === undefined) return otherwise;
  return others.reduce((most, one) => (LEAST[one] > LEAST[most] ? one : most), first);
}

function same(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase();
}

/** The reasons for which goods come back, each once and in one order. */
export function reasonsOf(event: Pick<ReturnEvent, 'lines'>): string[] {
  const codes = event.lines.filter(({ kind }) => kind === 'item').flatMap(({ reason }) => reason.code ?? []);
  return [...new Set(codes)].sort();
}

export function isTiming(text: string): text is CreditTiming {
  return (CREDIT_TIMINGS as readonly string[]).includes(text);
}
