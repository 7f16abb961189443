/** What was planned for a return of one order, and what the platform was told about it. */
export interface Expected {
  /** Our reference in the ERP. */
  reference: string;
  returnNumber: string;
  order: string;
  /** The exception that it must end as; null where a document is to be made. */
  refused: string | null;
  lines: Line[];
  /** What else the document must say, by name: the order it hangs on, its tax. */
  also?: Readonly<Record<string, string>>;
  /** A webhook that names it was answered with 2xx. */
  acknowledged: boolean;
}

/** Units and money of one item, as they come back: positive. */
export interface Line {
  sku: string;
  quantity: number;
  minor: number;
}

/** A document of the ERP that is not cancelled. */
export interface Held {
  reference: string;
  number: string;
  /** What the ERP says it comes to. */
  minor: number;
  lines: Line[];
  also?: Readonly<Record<string, string>>;
}

/** What the store tells of a return. */
export interface Kept {
  returnNumber: string;
  order: string | null;
  exception: string | null;
}

export interface Verdict {
  returns: number;
  acknowledged: number;
  posted: number;
  /** Returns with an open exception, by its code. */
  parked: Record<string, number>;
  lost: number;
  duplicate: number;
  /** Documents that say something else than they must: units, amounts, or what is compared besides. */
  wrongAmount: number;
  /** Documents in the ERP that nobody sent a return for, or that were to be refused. */
  unasked: number;
  findings: string[];
}

/**
 * Compares what the platform was told with what the ERP holds, and looks up in the store only whether what has no
 * document has an owner. Nothing of the pack's own opinion counts for what was posted.
 */
export function check(expected: readonly Expected[], held: readonly Held[], kept: readonly Kept[]): Verdict {
  const verdict: Verdict = {
    returns: expected.length,
    acknowledged: 0,
    posted: 0,
    parked: {},
    lost: 0,
    duplicate: 0,
    wrongAmount: 0,
    unasked: 0,
    findings: [],
  };
  const documents = new Map<string, Held[]>();
  for (const document of held) {
    documents.set(document.reference, [...(documents.get(document.reference) ?? []), document]);
  }
  const exceptions = new Map(
    kept.map(({ returnNumber, order, exception }) => [`${returnNumber}|${order ?? ''}`, exception]),
  );
  const known = new Set(expected.map((one) => one.reference));
  for (const document of held) {
    if (known.has(document.reference)) continue;
    verdict.unasked += 1;
    verdict.findings.push(`${document.number} (${document.reference}): nobody sent such a return`);
  }
  for (const one of expected) {
    const exception = exceptions.get(`${one.returnNumber}|${one.order}`) ?? null;
    if (one.acknowledged) verdict.acknowledged += 1;
    if (exception !== null) verdict.parked[exception] = (verdict.parked[exception] ?? 0) + 1;
    checkOne(one, documents.get(one.reference) ?? [], exception, verdict);
  }
  return verdict;
}

function checkOne(one: Expected, documents: readonly Held[], exception: string | null, to: Verdict): void {
  const [document, ...others] = documents;
  const find = (what: string): void => void to.findings.push(`${one.reference}: ${what}`);
  if (others.length > 0) {
    to.duplicate += others.length;
    find(`${documents.length} documents (${documents.map(({ number }) => number).join(', ')})`);
  }
  if (document) to.posted += 1;
  if (one.refused !== null) {
    if (document) {
      to.unasked += 1;
      find(`was to be refused (${one.refused}) and has document ${document.number}`);
    } else if (one.acknowledged && exception !== one.refused) {
      to.lost += 1;
      find(`was to be parked with ${one.refused} and has ${exception ?? 'no exception'}`);
    }
    return;
  }
  if (!document) {
    if (!one.acknowledged) return;
    to.lost += 1;
    find(`acknowledged, and not in the ERP (${exception ?? 'no exception'})`);
    return;
  }
  const wrong = differences(one, document);
  if (wrong !== null) {
    to.wrongAmount += 1;
    find(`document ${document.number}: ${wrong}`);
  } else if (exception !== null) {
    to.lost += 1;
    find(`document ${document.number} is right, and ${exception} is open all the same`);
  }
}

function differences(one: Expected, document: Held): string | null {
  const meant = bySku(one.lines);
  const got = bySku(document.lines);
  for (const sku of new Set([...meant.keys(), ...got.keys()])) {
    const [want, have] = [meant.get(sku), got.get(sku)];
    if (want?.quantity === have?.quantity && want?.minor === have?.minor) continue;
    return `${sku}: ${text(want)} expected, ${text(have)} there`;
  }
  const total = one.lines.reduce((sum, line) => sum + line.minor, 0);
  if (total !== document.minor) return `total of ${total} expected, ${document.minor} there`;
  for (const [name, wanted] of Object.entries(one.also ?? {})) {
    const got = document.also?.[name];
    if (got !== wanted) return `${name}: ${wanted} expected, ${got ?? 'none'} there`;
  }
  return null;
}

function bySku(lines: readonly Line[]): Map<string, Line> {
  const sums = new Map<string, Line>();
  for (const { sku, quantity, minor } of lines) {
    const sum = sums.get(sku) ?? { sku, quantity: 0, minor: 0 };
    sums.set(sku, { sku, quantity: sum.quantity + quantity, minor: sum.minor + minor });
  }
  return sums;
}

function text(line: Line | undefined): string {
  return line ? `${line.quantity} for ${line.minor}` : 'none';
}
