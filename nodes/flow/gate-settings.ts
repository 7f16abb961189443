import { z } from 'zod';
import { CREDIT_TIMINGS } from '../returns/credit-timing';
import type { GateWait } from '../returns/gate';
import { policyFor, type GateSettings } from '../returns/gate-rules';
import type { GateRules } from '../store/gate-return';

export const GATE_TYPE = 'returns-gate';

const HOUR_MS = 3_600_000;
const word = z.string().trim();

/** A limit: never nothing, so that nobody waits for ever (R97). */
const limit = (fallback: number): z.ZodType<number> =>
  z.coerce
    .number()
    .positive('must be more than 0, so that nobody waits for ever')
    .max(3650)
    .default(fallback);

export const gateConfigSchema = z.looseObject({
  name: z.string().default(''),
  store: z.string().min(1, 'choose a returns store'),
  policy: z.enum(CREDIT_TIMINGS).default('on-accepted'),
  policies: z
    .array(
      z
        .object({
          brand: word.default(''),
          reason: word.default(''),
          policy: z.enum(CREDIT_TIMINGS, 'choose a policy'),
        })
        .refine(({ brand, reason }) => brand !== '' || reason !== '', 'name a brand, a reason, or both'),
    )
    .default([]),
  confirm: z.boolean().default(false),
  /** Platforms whose refund counts as acceptance, by their name in the event. Blank: that of none does (R87). */
  refundAccepts: word
    .regex(/^$|^[a-z][a-z0-9-]*(?:[\s,;]+[a-z][a-z0-9-]*)*$/i, 'names of platforms, such as swap, zigzag')
    .default(''),
  handoverDays: limit(30),
  arrivalDays: limit(14),
  inspectionDays: limit(5),
  creditHours: limit(24),
  goodsDays: limit(21),
  window: z.coerce.number().int().min(1, 'must be at least 1').max(10_000).default(50),
  /** A delivery that has not come to its end after so many minutes is reported; 0: never. */
  stalledMinutes: z.coerce.number().min(0, 'must be 0 or more').max(100_000).default(30),
  /** Whether “where is my refund” is answered. */
  answers: z.boolean().default(false),
  answerPath: word.default('/returns/where-is-my-refund'),
  answersPerMinute: z.coerce.number().int().min(1, 'must be at least 1').max(10_000).default(60),
});

export type GateConfig = z.infer<typeof gateConfigSchema>;

export function gateSettingsOf(config: GateConfig): GateSettings {
  return {
    timing: config.policy,
    rows: config.policies,
    confirm: config.confirm,
    refundAccepts: config.refundAccepts.split(/[\s,;]+/).filter(Boolean),
    hours: {
      handover: config.handoverDays * 24,
      arrival: config.arrivalDays * 24,
      inspection: config.inspectionDays * 24,
      credit: config.creditHours,
      goods: config.goodsDays * 24,
    },
  };
}

export function gateRulesOf(settings: GateSettings): GateRules {
  return {
    policyOf: (facts) => policyFor(settings, facts),
    limitOf: (wait: GateWait) => settings.hours[wait] * HOUR_MS,
    settings: JSON.stringify(settings),
    raisedBy: GATE_TYPE,
  };
}
