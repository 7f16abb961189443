/** How much of each test is done. */
export interface Extent {
  /** Returns of each pair of vendors. */
  returns: number;
  /** Kills for each named point, and at random. */
  each: number;
  random: number;
  cuts: number;
  seeds: number;
  returnsOfSeed: number;
  redeploys: number;
  warmUp: number;
  returnsOfRedeploys: number;
  /** The smaller run on PostgreSQL: two instances, one of which is killed. */
  returnsOnPostgres: number;
  eachOnPostgres: number;
  randomOnPostgres: number;
  /** The whole way into Dynamics 365: returns of each variant, all of them in one Node-RED. */
  returnsOfLifecycle: number;
  eachOfLifecycle: number;
  randomOfLifecycle: number;
  /** Kills at the places of the documents of Dynamics 365 alone. */
  lifecycleOnly: boolean;
}

export const FULL: Extent = {
  returns: 10_000,
  each: 10,
  random: 80,
  cuts: 100,
  seeds: 50,
  returnsOfSeed: 200,
  redeploys: 100,
  warmUp: 10,
  returnsOfRedeploys: 2000,
  returnsOnPostgres: 2000,
  eachOnPostgres: 2,
  randomOnPostgres: 10,
  returnsOfLifecycle: 1000,
  eachOfLifecycle: 2,
  randomOfLifecycle: 20,
  lifecycleOnly: false,
};

/** The cut that every change must pass. */
export const SHORT: Extent = {
  returns: 1000,
  each: 1,
  random: 10,
  cuts: 15,
  seeds: 5,
  returnsOfSeed: 200,
  redeploys: 12,
  warmUp: 3,
  returnsOfRedeploys: 300,
  returnsOnPostgres: 200,
  eachOnPostgres: 0,
  randomOnPostgres: 6,
  returnsOfLifecycle: 100,
  eachOfLifecycle: 1,
  randomOfLifecycle: 2,
  lifecycleOnly: true,
};
