import { HappyReturnsToD365 } from './happy-returns-to-d365';
import type { Scenario, ScenarioOptions } from './scenario';

/** Every pair of vendors that is put to the test; each gets its share of the returns. */
export const SCENARIOS: readonly ((options: ScenarioOptions) => Scenario)[] = [
  (options) => new HappyReturnsToD365(options),
];
