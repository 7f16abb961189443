import { setTimeout as delay } from 'node:timers/promises';
import { startSandboxServer, type SandboxServer } from '../../nodes/sandbox/sandbox-server';
import { seededRandom, type SeededRandom } from '../../nodes/sandbox/world';
import { unsettled, type ReturnStates } from '../returns-table';
import { check, type Kept, type Verdict } from './check';
import { Instance } from './instance';
import { Load } from './load';
import type { FlowNode, Scenario, StoreSettings } from './scenario';
import { scenarioNamed } from './scenarios';

export interface RigOptions {
  /** Pairs of vendors that are in it together, by name. */
  scenarios: readonly string[];
  /** Returns of each of them. */
  returns: number;
  seed: number;
  store: StoreSettings;
  /** Node-RED instances that share the store; one alone where the store is a file of its own. */
  instances: number;
  /** Extra lines of the settings file, as JavaScript properties. */
  settings?: string;
}

/** What became of the returns of one pair of vendors. */
export interface ScenarioVerdict {
  scenario: string;
  verdict: Verdict;
  /** Calls and conditions, in words. */
  conditions: string[];
}

/** The embedded store, one file in the user directory of its one instance. */
export const SQLITE: StoreSettings = { name: 'SQLite', config: {} };

const PAGE = 500;
/** How long it may take after the last webhook until every return has come to its end. */
const END_LIMIT_MS = 300_000;

/** The simulated vendors, the load, and the Node-RED instances between them. */
export class Rig {
  private constructor(
    readonly random: SeededRandom,
    readonly scenarios: readonly Scenario[],
    readonly instances: readonly Instance[],
    readonly load: Load,
    private readonly store: StoreSettings,
    private readonly server: SandboxServer,
  ) {}

  /** Makes everything and deploys the flows once, so that the instances know their secrets; nothing is sent yet. */
  static async create(options: RigOptions): Promise<Rig> {
    const { seed, store, returns } = options;
    const random = seededRandom(seed);
    const scenarios = options.scenarios.map((name, index) =>
      scenarioNamed(name).real({ returns, seed: seed + index, random: seededRandom(seed + 1000 + index) }),
    );
    if (new Set(scenarios.map(({ storeId }) => storeId)).size < scenarios.length) {
      throw new Error(`${options.scenarios.join(' and ')} are the same flow, so only one of them can run`);
    }
    const names = Array.from({ length: options.instances }, (_, index) => `node-red-${index + 1}`);
    const instances: Instance[] = [];
    const files = Object.assign({}, ...scenarios.map(({ nodes = {} }) => nodes)) as Record<string, string>;
    for (const name of names) instances.push(await Instance.create(name, options.settings, files));
    const simulators = names.flatMap((name) => scenarios.flatMap((scenario) => scenario.simulators(name)));
    const server = await startSandboxServer(simulators);
    const load = new Load(scenarios, instances, random, returns * scenarios.length);
    const rig = new Rig(random, scenarios, instances, load, store, server);
    for (const instance of instances) await rig.deployFirst(instance);
    return rig;
  }

  /** The flows of an instance; without secrets where it has them already. */
  flows(instance: Instance, withSecrets: boolean): FlowNode[] {
    const parts = {
      store: this.store,
      baseUrl: (name: string) => this.server.baseUrl(name),
      instance: instance.name,
    };
    const nodes = this.scenarios.flatMap((scenario) => scenario.flow(parts));
    return withSecrets ? nodes : nodes.map((node) => withoutSecrets(node));
  }

  private async deployFirst(instance: Instance): Promise<void> {
    const nodeRed = await instance.start({}, []);
    await nodeRed.deploy(this.flows(instance, true));
    for (const { receiving } of this.scenarios) await nodeRed.waitForLog(receiving);
  }

  /** Presses the button that resumes everything that is parked. Whether that arrives is not known. */
  async resume(instance: Instance): Promise<void> {
    for (const { resumeButton } of this.scenarios) {
      await instance.nodeRed.inject(resumeButton).catch(() => undefined);
    }
  }

  /** Has the store remove what is old. Whether that arrives is not known. */
  async prune(instance: Instance): Promise<void> {
    for (const { storeId } of this.scenarios) {
      const address = `${instance.nodeRed.baseUrl}/returns-ledger/returns-store/${storeId}/prune`;
      await fetch(address, { method: 'POST' }).catch(() => undefined);
    }
  }

  /** Deliveries that have not come to their end, as an instance tells it. */
  async unsettled(instance: Instance): Promise<number> {
    const counts = await Promise.all(
      this.scenarios.map(async ({ storeId }) => unsettled(await this.states(instance, storeId, 1, 0))),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Sends what is left and waits until every return has come to its end. Returns how many have not. */
  async comeToRest(progress: (unsettled: number) => void): Promise<number> {
    const [instance] = this.instances;
    if (!instance) throw new Error('There is no instance');
    await this.load.quiet();
    const deadline = performance.now() + END_LIMIT_MS;
    for (;;) {
      const left = await this.unsettled(instance);
      if (left === 0 || performance.now() > deadline) return left;
      progress(left);
      await delay(250);
    }
  }

  /** Compares what was acknowledged with what the ERPs hold, for each pair of vendors. */
  async verdicts(): Promise<ScenarioVerdict[]> {
    const [instance] = this.instances;
    if (!instance) throw new Error('There is no instance');
    return Promise.all(
      this.scenarios.map(async (scenario): Promise<ScenarioVerdict> => {
        const kept = await this.kept(instance, scenario.storeId);
        const verdict = check(scenario.expected, await scenario.held(), kept);
        const each = (scenario.erp.calls / Math.max(1, verdict.posted)).toFixed(2);
        const calls = `${scenario.erp.calls} ERP calls, ${each} for each document, look-ups and repeats included`;
        const further = Object.entries(verdict.further).map(([kind, count]) => `${count} × ${kind}`);
        const documents = further.length === 0 ? [] : [`in the ERP besides: ${further.join(', ')}`];
        const conditions = [calls, ...documents, ...scenario.conditions()];
        return { scenario: scenario.name, verdict, conditions };
      }),
    );
  }

  private async kept(instance: Instance, storeId: string): Promise<Kept[]> {
    const kept: Kept[] = [];
    for (let offset = 0; ; offset += PAGE) {
      const { returns } = await this.states(instance, storeId, PAGE, offset);
      for (const one of returns) {
        kept.push({ returnNumber: one.return, order: one.order, exception: one.exception?.code ?? null });
      }
      if (returns.length < PAGE) return kept;
    }
  }

  private states(instance: Instance, storeId: string, limit: number, offset: number): Promise<ReturnStates> {
    const path = `/returns-ledger/returns-store/${storeId}/returns?limit=${limit}&offset=${offset}`;
    return instance.nodeRed.admin<ReturnStates>(path);
  }

  /** Errors in the logs of all instances. */
  errors(): Map<string, number> {
    const all = new Map<string, number>();
    for (const instance of this.instances) {
      for (const [sentence, count] of instance.errors()) all.set(sentence, (all.get(sentence) ?? 0) + count);
    }
    return all;
  }

  async end(): Promise<void> {
    for (const instance of this.instances) await instance.end();
    await this.server.close();
  }
}

function withoutSecrets(node: FlowNode): FlowNode {
  const copy: FlowNode = { ...node };
  delete copy['credentials'];
  return copy;
}
