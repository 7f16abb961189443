import { createHash } from 'node:crypto';
import { returnKey, type Flag, type ReturnEvent } from '../returns/event';
import { buildException, type ReturnException } from '../returns/exception';
import { asLedgerError } from '../returns/failure';
import { parseJsonBody } from '../runtime/json-body';
import type { Intake, NewEvent } from '../store/store';
import { PLATFORM, toCanonical, type CanonicalEvent } from './canonical';
import { separatePerson } from './personal-data';
import type { Vocabulary } from './vocabulary';
import { envelopeSchema, type Envelope } from './wire';

const NODE_TYPE = 'happy-returns-in';

export interface IntakeSettings {
  /** The node that receives; part of the receipt's identity. */
  source: string;
  vocabulary: Vocabulary;
  /** Retailer ids (slugs) that may come through this account. */
  retailers: ReadonlySet<string>;
  personToken: (identity: string) => string;
  /**
   * Orders that are known of a return. A label update names a return and no order; it concerns all of them.
   */
  knownOrders: (brand: string, returnId: string) => Promise<(string | null)[]>;
}

export interface PreparedIntake {
  intake: Intake;
  /** A problem of the whole body that no event can carry: parked with the receipt. */
  problem: ReturnException | null;
}

/**
 * Prepares a webhook whose signature is valid for the store. It never throws for anything in the body: what cannot be
 * read is kept as it came, and reported (reliability 4.6: redelivery would not mend it).
 *
 * @param raw        the body's bytes
 * @param jsonHeader whether the content type says JSON
 * @param receivedAt time of receipt (UTC)
 */
export async function prepareIntake(
  raw: Buffer,
  jsonHeader: boolean,
  receivedAt: string,
  settings: IntakeSettings,
): Promise<PreparedIntake> {
  const receiptId = receiptIdOf(settings.source, raw);
  const receipt = { id: receiptId, source: settings.source, platform: PLATFORM, receivedAt };
  const read = readEnvelope(raw);
  if ('problem' in read) {
    const problem = receiptProblem('event-invalid', read.problem, null, receivedAt);
    return {
      intake: { receipt: { ...receipt, body: null, unreadable: raw }, events: [], people: [] },
      problem,
    };
  }
  const { body, token, person } = separatePerson(read.body, settings.personToken, receivedAt);
  const parsed = envelopeSchema.safeParse(body);
  const stored = { ...receipt, body: JSON.stringify(body), unreadable: null };
  const people = person ? [person] : [];
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join('.') ?? '';
    const what = field === '' ? 'the body is not an object' : `${field} has the wrong type`;
    const problem = receiptProblem('event-invalid', what, null, receivedAt);
    return { intake: { receipt: stored, events: [], people }, problem };
  }
  const flags: Flag[] = jsonHeader ? [] : [{ code: 'unexpected-content-type', field: 'content-type' }];
  const context = { vocabulary: settings.vocabulary, receivedAt, customerToken: token, flags };
  const canonical = toCanonical(parsed.data, context);
  const attached = await attachOrders(canonical.events, settings);
  const events = attached.map((event) => toNewEvent(event, settings.retailers, receivedAt));
  const problem = problemOf(canonical.problems, parsed.data, receivedAt);
  return { intake: { receipt: stored, events, people }, problem };
}

/** The same bytes at the same node are the same receipt. */
export function receiptIdOf(source: string, raw: Buffer): string {
  return `r_${createHash('sha256').update(source).update('\0').update(raw).digest('hex').slice(0, 40)}`;
}

function readEnvelope(raw: Buffer): { body: unknown } | { problem: string } {
  try {
    const body = parseJsonBody(raw);
    // Version 1 of the outbound shipment may be a bare array (4.7).
    return { body: Array.isArray(body) ? { items: body } : body };
  } catch (thrown) {
    return { problem: asLedgerError(thrown).message };
  }
}

async function attachOrders(
  events: readonly CanonicalEvent[],
  settings: IntakeSettings,
): Promise<CanonicalEvent[]> {
  const attached: CanonicalEvent[] = [];
  for (const canonical of events) {
    const { event } = canonical;
    const orders =
      event.order.number === null && event.lines.length === 0
        ? (await settings.knownOrders(event.brand, event.returnId)).filter((order) => order !== null)
        : [];
    if (orders.length === 0) attached.push(canonical);
    for (const number of orders) {
      const forOrder: ReturnEvent = { ...event, id: `${event.id}/${number}`, order: { number, id: null } };
      attached.push({ ...canonical, event: forOrder });
    }
  }
  return attached;
}

function toNewEvent(canonical: CanonicalEvent, retailers: ReadonlySet<string>, receivedAt: string): NewEvent {
  const { event, unknownWord } = canonical;
  const about = {
    returnNumber: event.returnNumber ?? event.returnId,
    orderNumber: event.order.number,
    brand: event.brand,
  };
  let exception: ReturnException | null = null;
  if (!retailers.has(event.brand)) {
    const facts = { ...about, what: event.brand, raisedBy: NODE_TYPE, raisedAt: receivedAt };
    exception = buildException({ code: 'brand-unknown', ...facts });
  } else if (unknownWord !== null) {
    const facts = { ...about, what: unknownWord, raisedBy: NODE_TYPE, raisedAt: receivedAt };
    exception = buildException({ code: 'event-unknown', ...facts });
  }
  return { event, returnKey: returnKey(event), exception };
}

function problemOf(
  problems: readonly string[],
  envelope: Envelope,
  receivedAt: string,
): ReturnException | null {
  const [first] = problems;
  if (first === undefined) return null;
  const word = envelope.event ?? envelope.webhookType;
  const namesNothing = envelope.items === null && envelope.happyReturnsReturnID === null;
  // A body of a kind that we do not know at all is an unknown event, not a broken one (R10).
  const code = word !== null && namesNothing ? 'event-unknown' : 'event-invalid';
  const what = code === 'event-unknown' ? (word ?? first) : first;
  return receiptProblem(code, what, problems.join('; '), receivedAt, envelope.retailerID);
}

function receiptProblem(
  code: 'event-invalid' | 'event-unknown',
  what: string,
  detail: string | null,
  raisedAt: string,
  brand: string | null = null,
): ReturnException {
  return buildException({
    code,
    returnNumber: null,
    orderNumber: null,
    brand,
    what,
    ...(detail === null ? {} : { detail }),
    raisedBy: NODE_TYPE,
    raisedAt,
  });
}
