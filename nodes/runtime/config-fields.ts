import { z } from 'zod';

/** A regular expression from a field that may be blank, for the whole of a text; null where it is. */
export const patternField = z
  .string()
  .trim()
  .default('')
  .transform((text, context) => {
    if (text === '') return null;
    try {
      return new RegExp(`^(?:${text})$`);
    } catch {
      context.addIssue({ code: 'custom', message: 'is not a regular expression' });
      return z.NEVER;
    }
  });

/** A whole number from a field that may be blank; null where it is. */
export const idOrBlankField = z
  .union([z.string(), z.number(), z.null()])
  .default('')
  .transform((value, context) => {
    const text = String(value ?? '').trim();
    if (text === '' || text === '0') return null;
    const id = Number(text);
    if (Number.isSafeInteger(id) && id > 0) return id;
    context.addIssue({ code: 'custom', message: 'must be a whole number, or blank' });
    return z.NEVER;
  });

/** How many returns of a closed batch are posted with the same calls, from a field that may be blank. */
export function togetherField(usual: number): z.ZodType<number> {
  return z
    .union([
      z.literal(''),
      z.coerce.number().int().min(1, 'must be at least 1').max(1000, 'must be at most 1000'),
    ])
    .default('')
    .transform((value) => (value === '' ? usual : value));
}
