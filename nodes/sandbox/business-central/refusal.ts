import { REFUSALS, type RefusalKey, type RefusalOverrides, type RefusalText } from './refusal-texts';

/** A request that is refused, with what fills the words of its text. */
export class Refusal extends Error {
  constructor(
    readonly key: RefusalKey,
    readonly values: Readonly<Record<string, string | number>>,
  ) {
    super(key);
  }
}

export function refuse(key: RefusalKey, values: Refusal['values'] = {}): never {
  throw new Refusal(key, values);
}

/**
 * The one shape of an error (B2): the code, and the message with the correlation id at its end. `Accept-Language`
 * picks the language; a language that is not held is answered in English.
 */
export function refusalAnswer(
  refusal: Refusal,
  overrides: RefusalOverrides,
  language: string,
  correlationId: string,
): { status: number; body: { error: { code: string; message: string } } } {
  const text: RefusalText = { ...REFUSALS[refusal.key], ...overrides[refusal.key] };
  const words = (/^de\b/i.test(language) ? text.de : undefined) ?? text.en;
  const message = words.replace(/\{(\w+)\}/g, (_, name: string) => String(refusal.values[name] ?? ''));
  return {
    status: text.status,
    body: { error: { code: text.code, message: `${message}  CorrelationId:  ${correlationId}.` } },
  };
}

/** The first language of the header, or the one that the service's user has chosen. */
export function languageOf(acceptLanguage: string | undefined, fallback: string): string {
  const first = acceptLanguage?.split(',')[0]?.split(';')[0]?.trim() ?? '';
  return first === '' || first === '*' ? fallback : first;
}
