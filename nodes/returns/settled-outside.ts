/**
 * Codes about a document that is there already, or about one message alone: a person who calls them resolved outside has
 * put that right, and has not booked the return by hand. What comes after them is posted as usual.
 */
const SETTLE_NOTHING: readonly string[] = [
  'amount-mismatch',
  'return-grown',
  'credited-but-rejected',
  'credited-but-cancelled',
  'credit-not-invoiced',
  'credit-needs-authorisation',
  'credit-without-stock',
  'exchange-not-allocated',
  'release-outcome-unknown',
  'event-unknown',
  'event-invalid',
];

/** Of these the refund alone was made by hand; the credit that it belongs to is there, and goes on. */
export const REFUND_CODES: readonly string[] = [
  'payment-method-unmapped',
  'refund-over-paid',
  'refund-declined',
  'refund-by-others',
  'credit-blocked',
];

/**
 * Whether an exception that a person resolved outside settles what a node would post for its return (R17): the node's
 * own, and one that was raised before any node that posts. What another posting node has raised settles that one's
 * document only: goods that come in are booked in, though their refund was made by hand.
 */
export function settlesPostingOf(
  type: string,
  { code, raisedBy }: { code: string; raisedBy: string },
  isPosting: (type: string) => boolean,
): boolean {
  if (SETTLE_NOTHING.includes(code) || REFUND_CODES.includes(code)) return false;
  return raisedBy === type || !isPosting(raisedBy);
}
