import type { Simulator } from '../../nodes/sandbox/simulator';
import type { SeededRandom } from '../../nodes/sandbox/world';
import type { D365FaultPoint, FaultPoint } from '../../nodes/store/fault-point';
import type { Expected, Held } from './check';
import type { FaultyErp } from './faulty-erp';
import type { Writes } from './kill-plan';

export type FlowNode = Record<string, unknown> & { id: string; type: string };

/** Which store the instances use: what goes into its config node, and its secrets. */
export interface StoreSettings {
  name: string;
  config: Record<string, string | number>;
  credentials?: Record<string, string>;
}

/** One POST of the platform, which is sent until it is answered with 2xx. */
export interface Delivery {
  /** The path of Node-RED that it goes to. */
  path: string;
  send: (deliver: Deliver) => Promise<void>;
  /** Its returns have been acknowledged. */
  acknowledged: () => void;
}

/** Sends one POST to the receiver and tells its answer; 0 where there was none. */
export type Deliver = (body: Buffer, headers: Record<string, string>) => Promise<number>;

export interface ScenarioOptions {
  returns: number;
  seed: number;
  random: SeededRandom;
}

/**
 * A platform, a flow and an ERP that are put to the test together. The harness knows vendors through this only: a
 * later pair of vendors is one more line in `scenarios.ts`.
 */
export interface Scenario {
  readonly name: string;
  readonly erp: FaultyErp;
  /** Named points that no node of the flow comes to. */
  readonly unreachable: readonly FaultPoint[];
  /** Named points of this ERP alone that its nodes come to. */
  readonly ownPoints?: readonly D365FaultPoint[];
  /** Nodes that an instance has besides, as files of its folder `nodes`. */
  readonly nodes?: Readonly<Record<string, string>>;
  /** Whether the ERP takes several documents in one request. */
  readonly writesTogether: boolean;
  /** So many requests that write in the ERP are let through before one is caught: most at rest, and for each open delivery. */
  readonly writes: Writes;
  /** Where a return takes many calls: of a longer backlog only so many deliveries are done in one life. */
  readonly mostOpen?: number;
  /** The simulated vendors as an instance sees them. */
  simulators(instance: string): Simulator[];
  /** The flow of an instance, with its secrets. */
  flow(parts: { store: StoreSettings; baseUrl: (simulator: string) => string; instance: string }): FlowNode[];
  /** Id of the store's config node, for the admin route. */
  readonly storeId: string;
  /** The button that resumes everything that is parked. */
  readonly resumeButton: string;
  /** Nodes that a redeploy may change. */
  readonly changeable: readonly string[];
  /** The log says this as soon as webhooks can come. */
  readonly receiving: RegExp;
  /** Deliveries of the next returns, in the order in which things happened; none when all were planned. */
  next(returns: number): Delivery[];
  readonly expected: readonly Expected[];
  /** What the ERP holds, without what is cancelled; late commits included. */
  held(): Promise<Held[]>;
  /** Under which conditions it ran, in words. */
  conditions(): string[];
}
