import { z } from 'zod';
import { CATALOGUE, type ExceptionCode, type OWNERS } from './exception-catalogue';
import type { FailureClass } from './failure';

const FAILURE_CLASSES = [
  'transient',
  'rate-limited',
  'state-blocked',
  'ambiguous',
  'data-invalid',
  'auth',
  'config',
] as const satisfies readonly FailureClass[];

/** One line of the return that the exception is about: what was expected beside what came (R51). */
export const exceptionLineSchema = z.object({
  lineId: z.string().nullable(),
  sku: z.string().nullable(),
  code: z.string(),
  field: z.string().nullable(),
  expected: z.string().nullable(),
  received: z.string().nullable(),
  /** The nearest items of the ERP, as a help to a person. Nothing is ever chosen from it by itself. */
  candidates: z.array(z.string()).max(10),
});

export const exceptionSchema = z.object({
  /** Its id in the store, once it is parked. */
  id: z.string().nullable(),
  code: z.string(),
  class: z.enum(FAILURE_CLASSES),
  owner: z.string(),
  /** One sentence: what happened, to which return, and what to do. */
  summary: z.string(),
  /** What a person who clears it must know beyond the sentence. */
  detail: z.string(),
  steps: z.array(z.string()),
  /** Which return and order it is about, in the words an operator searches for. */
  about: z.object({
    returnNumber: z.string().nullable(),
    orderNumber: z.string().nullable(),
    brand: z.string().nullable(),
  }),
  lines: z.array(exceptionLineSchema).max(500),
  raisedBy: z.string(),
  raisedAt: z.string(),
});

export type ReturnException = z.infer<typeof exceptionSchema>;
export type ExceptionLine = z.infer<typeof exceptionLineSchema>;
export type Owner = (typeof OWNERS)[number];

export interface ExceptionFacts {
  code: ExceptionCode;
  returnNumber: string | null;
  orderNumber: string | null;
  brand: string | null;
  /** Fills the catalogue's sentence; names and values only, no personal data. */
  what: string;
  detail?: string;
  lines?: readonly Partial<ExceptionLine>[];
  /** Where the class is known better than the catalogue knows it. */
  class?: FailureClass;
  raisedBy: string;
  raisedAt: string;
}

/**
 * Builds an exception from the catalogue: sentence, owner, class and steps come from there, the facts from the node.
 */
export function buildException(facts: ExceptionFacts): ReturnException {
  const entry = CATALOGUE[facts.code];
  const subject = facts.returnNumber ? `Return ${facts.returnNumber}` : 'A return';
  const order = facts.orderNumber ? ` (order ${facts.orderNumber})` : '';
  return {
    id: null,
    code: facts.code,
    class: facts.class ?? entry.class,
    owner: entry.owner,
    summary: `${subject}${order}: ${entry.sentence.replace('{what}', facts.what)}`,
    detail: facts.detail ?? '',
    steps: [...entry.steps],
    about: { returnNumber: facts.returnNumber, orderNumber: facts.orderNumber, brand: facts.brand },
    lines: (facts.lines ?? []).map((line) => ({
      lineId: null,
      sku: null,
      code: facts.code,
      field: null,
      expected: null,
      received: null,
      ...line,
      candidates: (line.candidates ?? []).slice(0, 10),
    })),
    raisedBy: facts.raisedBy,
    raisedAt: facts.raisedAt,
  };
}
