import { simulatedBrightpearl } from './simulated-brightpearl';
import { simulatedD365 } from './d365-erp';
import { HappyReturnsToBrightpearl } from './happy-returns-to-brightpearl';
import { HappyReturnsToD365 } from './happy-returns-to-d365';
import type { Scenario, ScenarioOptions } from './scenario';
import type { SimulatedErp, SimulatedErpParts } from './simulated-flow';

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
};

/** Throws, with the names that there are, where there is none of this name. */
export function scenarioNamed(name: string): Pair {
  const pair = SCENARIOS[name];
  if (!pair) throw new Error(`There is no scenario ${name}; there are ${Object.keys(SCENARIOS).join(', ')}`);
  return pair;
}
