/** What the pack's admin route tells about returns. */
export interface ReturnStates {
  returns: {
    return: string;
    order: string | null;
    brand: string;
    stage: string;
    documents: {
      system: string;
      kind: string;
      number: string;
      rma: string | null;
      amount: { minor: number; currency: string } | null;
    }[];
    exception: { code: string; owner: string; summary: string } | null;
  }[];
  deliveries: { open: number; emitted: number; waiting: number; nextDue: string | null };
  exceptions: { open: number; byOwner: Record<string, number> };
}

/** How many deliveries have not come to their end. */
export function unsettled({ deliveries }: ReturnStates): number {
  return deliveries.open + deliveries.emitted + deliveries.waiting;
}

/** A table for people: return, stage, and the ERP's document or the exception with its owner. */
export function returnsTable(states: ReturnStates): string {
  const rows = [...states.returns].reverse().map((entry) => {
    const [document] = entry.documents;
    return [
      entry.return,
      entry.order ?? '–',
      entry.stage,
      document ? `${document.kind} ${document.number}, RMA ${document.rma ?? '–'}` : '–',
      document?.amount ? `${(document.amount.minor / 100).toFixed(2)} ${document.amount.currency}` : '',
      entry.exception ? `${entry.exception.code} → ${entry.exception.owner}` : '',
    ];
  });
  const head = ['return', 'order', 'stage', 'posted in Dynamics 365', 'amount', 'exception → owner'];
  const posted = states.returns.filter((entry) => entry.documents.length > 0).length;
  return [
    align([head, ...rows]),
    '',
    `${states.returns.length} returns (one for each order): ${posted} posted, ${states.exceptions.open} parked with an owner, ` +
      `${unsettled(states)} under way.`,
  ].join('\n');
}

function align(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = rows;
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...body.map(line)].join('\n');
}
