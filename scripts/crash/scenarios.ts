import { simulatedBrightpearl } from './brightpearl-erp';
import { simulatedD365 } from './d365-erp';
import { HappyReturnsToBrightpearl } from './happy-returns-to-brightpearl';
import { HappyReturnsToD365 } from './happy-returns-to-d365';
import type { Scenario, ScenarioOptions } from './scenario';
import type { SimulatedErp, SimulatedErpParts } from './simulated-flow';

/** A pair of vendors that is put to the test: in a real Node-RED, and on a simulated clock. */
export interface Pair {
  real: (options: ScenarioOptions) => Scenario;
  simulated: (parts: SimulatedErpParts) => SimulatedErp;
}

export const SCENARIOS: Readonly<Record<string, Pair>> = {
  'happy-returns-to-d365': { real: (options) => new HappyReturnsToD365(options), simulated: simulatedD365 },
  'happy-returns-to-brightpearl': {
    real: (options) => new HappyReturnsToBrightpearl(options),
    simulated: simulatedBrightpearl,
  },
};

/** Throws, with the names that there are, where there is none of this name. */
export function scenarioNamed(name: string): Pair {
  const pair = SCENARIOS[name];
  if (!pair) throw new Error(`There is no scenario ${name}; there are ${Object.keys(SCENARIOS).join(', ')}`);
  return pair;
}
