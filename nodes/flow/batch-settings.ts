import { z } from 'zod';
import { parsePeriodEnds, type Periods } from '../returns/accounting-period';
import type { ClosingTimes } from '../returns/batch-due';
import { MEMBER_RULES, type MemberRule } from '../returns/batch-membership';
import type { ValueSource } from '../returns/batch-lines';
import type { GroupingRules } from '../returns/batch-parts';
import { isDay, isTimeZone, type Day } from '../returns/calendar';
import { asLedgerError } from '../returns/failure';
import { currencyDecimals } from '../returns/money';
import { parseTimetable } from '../returns/timetable';

const word = z.string().trim();

/** A whole number from a field that may be blank; null where it is blank or 0. */
const numberOrBlank = (fallback: number | '', most: number): z.ZodType<number | null> =>
  z
    .union([z.literal(''), z.coerce.number().min(0, 'must be 0 or more, or blank').max(most)])
    .default(fallback)
    .transform((value) => (value === '' || value === 0 ? null : value));

/** Reads a text with a reader that throws; its sentence becomes the field's. */
const read = <Value>(reader: (text: string) => Value): z.ZodType<Value> =>
  word.default('').transform((text, context) => {
    try {
      return reader(text);
    } catch (thrown) {
      context.addIssue({ code: 'custom', message: asLedgerError(thrown).message });
      return z.NEVER;
    }
  });

/** `erp` names the property that holds the connection: each ERP has a property of its own in the dialog. */
export const batchConfigSchema = z
  .looseObject({
    name: z.string().default(''),
    store: z.string().min(1, 'choose a returns store'),
    /** Batches, or a batch of every return at once (R138). */
    mode: z.enum(['batch', 'each']).default('batch'),
    from: z.enum(['on-received', 'on-accepted']).default('on-accepted'),
    member: z.enum(MEMBER_RULES).default('return'),
    byBrand: z.boolean().default(false),
    byWarehouse: z.boolean().default(false),
    byPostingDate: z.boolean().default(false),
    byCompany: z.boolean().default(false),
    byCurrency: z.boolean().default(false),
    company: word.default(''),
    expression: word.default(''),
    expressionType: z.enum(['msg', 'jsonata']).default('msg'),
    mostMembers: numberOrBlank(500, 1_000_000).refine(
      (value) => value === null || Number.isInteger(value),
      'must be a whole number, or blank',
    ),
    mostValue: word
      .default('')
      .refine(
        (text) => /^(\d{1,12}([.]\d{1,4})?)?$/.test(text),
        'must be an amount such as 5000.00, or blank',
      ),
    maxAgeMinutes: numberOrBlank(15, 44_640),
    timetable: read(parseTimetable),
    timeZone: word.default('UTC').refine(isTimeZone, 'is not a time zone, such as Europe/London'),
    periods: z.enum(['month', 'listed', 'none']).default('month'),
    periodEnds: read(parsePeriodEnds),
    closedUntil: word
      .default('')
      .refine((text) => text === '' || isDay(text), 'must be a day such as 2026-03-31, or blank'),
    closedPeriod: z.enum(['defer', 'park']).default('defer'),
    requireValue: z.boolean().default(false),
    valueFrom: z.enum(['price', 'documents']).default('price'),
    prefix: word
      .default('')
      .refine((text) => /^[\w.-]{0,20}$/.test(text), 'takes up to 20 letters, digits, and . _ -'),
    membersInMessage: z.coerce.number().int().min(0).max(50_000, 'must be at most 50000').default(5000),
    window: z.coerce.number().int().min(1, 'must be at least 1').max(1000).default(10),
    /** A delivery that has not come to its end after so many minutes is reported; 0: never. */
    stalledMinutes: z.coerce.number().min(0, 'must be 0 or more').max(100_000).default(60),
    erp: z.string().default(''),
  })
  .refine((config) => config.maxAgeMinutes !== null || config.timetable.length > 0, {
    path: ['maxAgeMinutes'],
    message: 'set how long a return may wait, or a timetable, so that nobody waits for ever',
  })
  .transform(({ erp, ...config }) => ({
    ...config,
    connection: erp !== '' && typeof config[erp] === 'string' ? config[erp] : '',
  }));

export type BatchConfig = z.infer<typeof batchConfigSchema>;

/** What the node does with returns and batches, as the dialog sets it. */
export interface BatchSettings {
  /** Stands in the numbers of batches where nothing else is set. */
  label: string;
  each: boolean;
  from: 'on-received' | 'on-accepted';
  rule: MemberRule;
  grouping: GroupingRules;
  /** Blank: the message and its documents tell. */
  company: string;
  mostMembers: number | null;
  mostMinor: (currency: string) => number | null;
  times: ClosingTimes;
  periods: Periods;
  closedUntil: Day | null;
  closedPeriod: 'defer' | 'park';
  requireValue: boolean;
  valueFrom: ValueSource;
  prefix: string;
  membersInMessage: number;
}

/** @param label the name of the node; blank where it has none */
export function batchSettingsOf(config: BatchConfig, label: string): BatchSettings {
  const { periods } = config;
  const each = config.mode === 'each';
  return {
    label,
    each,
    from: config.from,
    rule: config.member,
    grouping: {
      brand: config.byBrand,
      warehouse: config.byWarehouse,
      postingDate: config.byPostingDate,
      company: config.byCompany,
      currency: config.byCurrency,
    },
    company: config.company,
    mostMembers: each ? 1 : config.mostMembers,
    mostMinor: (currency) => (config.mostValue === '' ? null : limitIn(config.mostValue, currency)),
    times: {
      mostAgeMs: config.maxAgeMinutes === null ? null : config.maxAgeMinutes * 60_000,
      timetable: config.timetable,
      timeZone: config.timeZone,
    },
    periods: periods === 'listed' ? { kind: 'listed', ends: config.periodEnds } : { kind: periods },
    closedUntil: config.closedUntil === '' ? null : config.closedUntil,
    closedPeriod: config.closedPeriod,
    requireValue: config.requireValue,
    valueFrom: config.valueFrom,
    prefix: config.prefix,
    membersInMessage: config.membersInMessage,
  };
}

/** A decimal limit in the smallest unit of a currency; places that the currency does not have are cut off. */
function limitIn(decimal: string, currency: string): number {
  const [whole = '0', fraction = ''] = decimal.split('.');
  const places = currencyDecimals(currency);
  return Number(`${whole}${fraction.slice(0, places).padEnd(places, '0')}`);
}
