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
  /** What must be in the ERP besides: one document of each kind that is named, and none of any other. */
  further?: readonly Meant[];
  /** A webhook that names it was answered with 2xx. */
  acknowledged: boolean;
}

/** A document beside the main one. */
export interface Meant extends Pick<Expected, 'lines' | 'also'> {
  kind: string;
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
  /** What it is beside the main document of the return; without, it is that. */
  kind?: string;
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
  /** Documents beside the main ones, by kind. */
  further: Record<string, number>;
  findings: string[];
}

const MAIN = '';

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
    further: {},
    findings: [],
  };
  const documents = new Map<string, Held[]>();
  for (const document of held) {
    const { kind, reference } = document;
    if (kind !== undefined) verdict.further[kind] = (verdict.further[kind] ?? 0) + 1;
    documents.set(reference, [...(documents.get(reference) ?? []), document]);
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

function checkOne(one: Expected, held: readonly Held[], exception: string | null, to: Verdict): void {
  const find = (what: string): void => void to.findings.push(`${one.reference}: ${what}`);
  const [document] = held.filter(({ kind = MAIN }) => kind === MAIN);
  if (document) to.posted += 1;
  if (one.refused !== null) {
    const [strange] = held;
    if (strange) {
      to.unasked += 1;
      find(`was to be refused (${one.refused}) and has ${nameOf(strange)}`);
    } else if (one.acknowledged && exception !== one.refused) {
      to.lost += 1;
      find(`was to be parked with ${one.refused} and has ${exception ?? 'no exception'}`);
    }
    return;
  }
  const meant: Meant[] = [{ kind: MAIN, lines: one.lines, also: one.also ?? {} }, ...(one.further ?? [])];
  for (const strange of held.filter(({ kind = MAIN }) => !meant.some((each) => each.kind === kind))) {
    to.unasked += 1;
    find(`has ${nameOf(strange)}, which was not to be`);
  }
  let right = true;
  for (const each of meant) {
    const same = held.filter(({ kind = MAIN }) => kind === each.kind);
    if (!checkDocument(each, same, one.acknowledged, exception, to, find)) right = false;
  }
  if (right && document && exception !== null) {
    to.lost += 1;
    find(`${nameOf(document)} is right, and ${exception} is open all the same`);
  }
}

/** One kind of document of a return. Returns whether it is there once, as it should be. */
function checkDocument(
  meant: Meant,
  held: readonly Held[],
  acknowledged: boolean,
  exception: string | null,
  to: Verdict,
  find: (what: string) => void,
): boolean {
  const [document, ...others] = held;
  const kind = meant.kind === MAIN ? '' : `${meant.kind}: `;
  if (others.length > 0) {
    to.duplicate += others.length;
    find(`${kind}${held.length} documents (${held.map(({ number }) => number).join(', ')})`);
  }
  if (!document) {
    if (!acknowledged) return false;
    to.lost += 1;
    find(`${kind}acknowledged, and not in the ERP (${exception ?? 'no exception'})`);
    return false;
  }
  const wrong = differences(meant, document);
  if (wrong === null) return others.length === 0;
  to.wrongAmount += 1;
  find(`${nameOf(document)}: ${wrong}`);
  return false;
}

function nameOf({ kind = 'document', number }: Held): string {
  return `${kind} ${number}`;
}

function differences(one: Meant, document: Held): string | null {
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
