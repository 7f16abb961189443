import type { MemberLine } from './batch';
import type { ReturnEvent, ReturnLine } from './event';
import { quantity } from './quantity';

/**
 * The event of a member that is sent by itself: the event that brought it, or, where that one tells of goods that other
 * members stand for, one of its own with the member's goods only. So no unit is sent twice.
 *
 * @param lines what the member stands for
 * @param of    names the member; becomes part of the id of an event of its own
 */
export function releasedEvent(event: ReturnEvent, lines: readonly MemberLine[], of: string): ReturnEvent {
  const own = new Map(lines.map((line) => [line.id, line]));
  const counted = event.lines.filter(({ kind }) => kind !== 'exchange');
  const whole = counted.every((line) => own.get(line.id)?.quantity === line.quantity.value);
  if (whole) return event;
  // Goods that go out instead go with the member of the first line, once.
  const withExchange = own.has(counted[0]?.id ?? '');
  return {
    ...event,
    id: `${event.id.slice(0, 150)}~${of}`,
    lines: event.lines.flatMap((line) => {
      const member = own.get(line.id);
      if (line.kind === 'exchange') return withExchange ? [line] : [];
      return member ? [partOf(line, member)] : [];
    }),
  };
}

function partOf(line: ReturnLine, member: MemberLine): ReturnLine {
  if (member.quantity === line.quantity.value) return line;
  return {
    ...line,
    quantity: quantity(member.quantity, line.quantity.unit),
    unitIds: [...member.units],
  };
}
