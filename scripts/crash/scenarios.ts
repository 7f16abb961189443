import { simulatedBrightpearl } from './simulated-brightpearl';
import { simulatedD365 } from './d365-erp';
import { HappyReturnsLifecycle } from './happy-returns-lifecycle';
import { HappyReturnsToBrightpearl } from './happy-returns-to-brightpearl';
import { HappyReturnsToD365 } from './happy-returns-to-d365';
import type { Variant } from './lifecycle-erp';
import type { Scenario, ScenarioOptions } from './scenario';
import type { SimulatedErp, SimulatedErpParts } from './simulated-flow';
import { simulatedLifecycle } from './simulated-lifecycle';

/** A pair of vendors that is put to the test: in a real Node-RED, and on a simulated clock. */
export interface Pair {
  /** It runs only where it is named. */
  named?: boolean;
  real: (options: ScenarioOptions) => Scenario;
  simulated: (parts: SimulatedErpParts) => SimulatedErp;
}

export const SCENARIOS: Readonly<Record<string, Pair>> = {
  'happy-returns-to-d365': { real: (options) => new HappyReturnsToD365(options), simulated: simulatedD365 },
  'happy-returns-to-brightpearl': {
    real: (options) => new HappyReturnsToBrightpearl(options, { refunds: false }),
    simulated: (parts) => simulatedBrightpearl(parts, { refunds: false }),
  },
  // In the place of the one before: the same flow, which invoices each credit and pays it back as well.
  'happy-returns-to-brightpearl-refunds': {
    named: true,
    real: (options) => new HappyReturnsToBrightpearl(options, { refunds: true }),
    simulated: (parts) => simulatedBrightpearl(parts, { refunds: true }),
  },
  'happy-returns-to-d365-service': lifecycle('service'),
  'happy-returns-to-d365-batch-jobs': lifecycle('batch-jobs'),
  'happy-returns-to-d365-business-central': lifecycle('business-central'),
};

/** The pairs of the whole way of a return into Dynamics 365, which have a test of their own. */
export const LIFECYCLES: readonly string[] = Object.keys(SCENARIOS).filter((name) =>
  /-(service|batch-jobs|business-central)$/.test(name),
);

function lifecycle(variant: Variant): Pair {
  return {
    named: true,
    real: (options) => new HappyReturnsLifecycle(options, variant),
    simulated: (parts) => simulatedLifecycle(parts, variant),
  };
}

/** Throws, with the names that there are, where there is none of this name. */
export function scenarioNamed(name: string): Pair {
  const pair = SCENARIOS[name];
  if (!pair) throw new Error(`There is no scenario ${name}; there are ${Object.keys(SCENARIOS).join(', ')}`);
  return pair;
}
