import type { MemberLine } from './batch';
import type { MemberPart } from './batch-parts';
import { RETURN_TOPICS, type ReturnEvent } from './event';
import { amountShare, fromMillionths, millionths } from './exact-share';

/**
 * How often a return may be a member: its goods once (`return`), once for each topic (`topic`), or with each event anew
 * (`event`).
 */
export const MEMBER_RULES = ['return', 'topic', 'event'] as const;
export type MemberRule = (typeof MEMBER_RULES)[number];

/** A member that a return has already, in an open batch or in one that was sent. */
export interface KnownMember {
  batchId: string;
  place: number;
  /** Its batch is still open, so that it may be replaced. */
  open: boolean;
  eventId: string;
  topic: string;
  happenedAt: string;
  /** Null where they were pruned: everything of the return has been in a batch then. */
  lines: readonly MemberLine[] | null;
  /** Lines that the ERP refused: they are in no batch any more. */
  refused: readonly string[];
}

export type JoinDecision =
  | {
      kind: 'join';
      /** With what is not in a batch yet; groups of which nothing is left are not among them. */
      parts: MemberPart[];
      /** Members of open batches whose place it takes, because it tells the same later. */
      replaces: KnownMember[];
    }
  /** Everything that it tells is in a batch. */
  | { kind: 'repeat' };

/** When an event happened: nothing happens after it was received. */
export function happenedAt(event: Pick<ReturnEvent, 'occurredAt' | 'receivedAt'>): string {
  return event.occurredAt < event.receivedAt ? event.occurredAt : event.receivedAt;
}

/**
 * Decides what of an event goes into a batch, so that every unit of a return is in one batch once, whatever is repeated
 * and in whatever order events come. A later event takes the place of an earlier one whose batch is still open, where it
 * tells of everything that the earlier one tells of; of the rest it brings what is new.
 */
export function decideJoin(
  event: Pick<ReturnEvent, 'id' | 'topic' | 'occurredAt' | 'receivedAt'>,
  parts: readonly MemberPart[],
  known: readonly KnownMember[],
  rule: MemberRule,
): JoinDecision {
  const concerned = known.filter(
    (one) => rule === 'return' || (rule === 'topic' ? one.topic === event.topic : one.eventId === event.id),
  );
  const incoming = Coverage.of(parts.map(({ lines }) => lines));
  const replaces = concerned.filter(
    (one) =>
      one.open &&
      one.eventId !== event.id &&
      isLater(event, one) &&
      one.lines !== null &&
      incoming.includes(one.lines),
  );
  const kept = concerned.filter((one) => !replaces.includes(one));
  if (kept.some((one) => one.lines === null)) return { kind: 'repeat' };
  const taken = Coverage.of(
    kept.map(({ lines, refused }) => (lines ?? []).filter((line) => !refused.includes(line.id))),
  );
  const left = parts.flatMap((part) => taken.leftOf(part) ?? []);
  return left.length === 0 ? { kind: 'repeat' } : { kind: 'join', parts: left, replaces };
}

function isLater(
  event: Pick<ReturnEvent, 'topic' | 'occurredAt' | 'receivedAt'>,
  than: KnownMember,
): boolean {
  const at = happenedAt(event);
  if (at !== than.happenedAt) return at > than.happenedAt;
  const rank = (topic: string): number => (RETURN_TOPICS as readonly string[]).indexOf(topic);
  return rank(event.topic) >= rank(than.topic);
}

/** What of a return is covered: units by name, and of each line a quantity in millionths. */
class Coverage {
  private readonly units = new Set<string>();
  private readonly quantities = new Map<string, number>();
  private readonly nameless = new Map<string, number>();

  static of(groups: readonly (readonly MemberLine[])[]): Coverage {
    const coverage = new Coverage();
    for (const line of groups.flat()) coverage.add(line);
    return coverage;
  }

  private add(line: MemberLine): void {
    for (const unit of line.units) this.units.add(unit);
    raise(this.quantities, line);
    if (line.units.length === 0) raise(this.nameless, line);
  }

  includes(lines: readonly MemberLine[]): boolean {
    return lines.every((line) => this.coveredOf(line) === millionths(line.quantity));
  }

  /** The part without what is covered; null where nothing is left. */
  leftOf(part: MemberPart): MemberPart | null {
    const lines = part.lines.flatMap((line) => this.leftOfLine(line) ?? []);
    if (lines.length === 0) return null;
    const whole = lines.length === part.lines.length && lines.every((line, at) => line === part.lines[at]);
    // What the whole return comes to says nothing about a part of it.
    return { group: part.group, lines, wholeValue: whole ? part.wholeValue : null };
  }

  private leftOfLine(line: MemberLine): MemberLine | null {
    const covered = this.coveredOf(line);
    if (covered === 0) return line;
    const { quantity } = line;
    const left = fromMillionths(millionths(quantity) - covered);
    if (left === 0) return null;
    const share = (minor: number | null): number | null =>
      minor === null ? null : amountShare(minor, fromMillionths(covered), quantity, quantity);
    const units = line.units.filter((unit) => !this.units.has(unit));
    return {
      ...line,
      quantity: left,
      units: units.length === left ? units : [],
      value: share(line.value),
      tax: share(line.tax),
    };
  }

  /** Named units are looked for by name, whatever line they were counted in. */
  private coveredOf(line: MemberLine): number {
    const all = millionths(line.quantity);
    const { id, units } = line;
    if (units.length === 0) return Math.min(all, this.quantities.get(id) ?? 0);
    const named = millionths(units.filter((unit) => this.units.has(unit)).length);
    return Math.min(all, named + (this.nameless.get(id) ?? 0));
  }
}

function raise(quantities: Map<string, number>, { id, quantity }: MemberLine): void {
  quantities.set(id, (quantities.get(id) ?? 0) + millionths(quantity));
}
