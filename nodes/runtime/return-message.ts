import { returnMessageSchema, type PostedDocument, type ReturnMessage } from '../returns/event';
import { buildException, type ExceptionFacts, type ReturnException } from '../returns/exception';
import { LedgerError } from '../returns/failure';
import { instantOf, type Clock } from '../returns/time';
import type { NodeMessage } from './node-red';

/**
 * Reads the message of DESIGN section 3. The message itself stays what it is; the returned view is checked.
 * Throws `message-invalid` (data-invalid) that names the field: such a message did not come from this pack.
 */
export function readReturnMessage(message: NodeMessage): ReturnMessage {
  const parsed = returnMessageSchema.safeParse(message);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new LedgerError({
    code: 'message-invalid',
    class: 'data-invalid',
    message:
      `msg.${issue?.path.join('.') ?? 'payload'} is not what a return event holds (${issue?.message ?? 'unknown'}); ` +
      'wire this node behind one of the pack’s In nodes, and change the payload only where the help says so',
  });
}

/** Adds a posted document to the message; documents are appended, never replaced, and never twice. */
export function appendDocument(message: NodeMessage, document: PostedDocument): void {
  const documents = Array.isArray(message['documents']) ? (message['documents'] as PostedDocument[]) : [];
  const known = documents.some(
    (other) =>
      other.system === document.system && other.kind === document.kind && other.number === document.number,
  );
  message['documents'] = known ? documents : [...documents, document];
}

/** Builds the exception of a return from the catalogue; the event says which return it is about. */
export function exceptionFor(
  message: ReturnMessage,
  facts: Omit<ExceptionFacts, 'returnNumber' | 'orderNumber' | 'brand' | 'raisedAt'>,
  clock: Clock,
): ReturnException {
  const event = message.payload;
  return buildException({
    ...facts,
    returnNumber: event.returnNumber ?? event.returnId,
    orderNumber: event.order.number,
    brand: event.brand,
    raisedAt: instantOf(clock),
  });
}
