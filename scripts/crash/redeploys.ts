import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT, type NodeRedProcess } from '../node-red-process';
import type { Instance } from './instance';
import { Rig, type RigOptions, type ScenarioVerdict } from './rig';
import type { FlowNode } from './scenario';

export interface RedeploysOptions extends Omit<RigOptions, 'instances' | 'settings'> {
  redeploys: number;
  /** Deploys after which the process is taken for warm. */
  warmUp: number;
  tell: (line: string) => void;
}

export interface Redeploys {
  redeploys: number;
  /** What there was more of at the end than after the warm-up, in words. */
  leaks: string[];
  posts: number;
  answered: number;
  unsettled: number;
  errors: Map<string, number>;
  verdicts: ScenarioVerdict[];
  seconds: number;
}

/** What a process holds open, by kind. */
interface Inspection {
  resources: Record<string, number>;
  listeners: Record<string, number>;
  hooks: Record<string, number>;
}

const KINDS = ['full', 'flows', 'nodes'] as const;
const RETURNS_A_SECOND = 40;
/** It is calm when it holds the same at so many looks, so far apart. */
const CALM_LOOKS = 6;
const CALM_LOOK_MS = 500;

/**
 * T6: deploys again and again while returns come in, all of it, changed flows, and changed nodes in turn. Afterwards
 * every return has its one document or its owner, and nothing is left of the nodes that are gone.
 */
export async function redeployAgainAndAgain(options: RedeploysOptions): Promise<Redeploys> {
  const began = performance.now();
  const rig = await Rig.create({ ...options, instances: 1, settings: inspectRoute() });
  try {
    const [instance] = rig.instances;
    if (!instance) throw new Error('There is no instance');
    const { nodeRed } = instance;
    let before: Inspection | undefined;
    for (let deploy = 1; deploy <= options.redeploys; deploy += 1) {
      // What is left over is sent at the end, so that none of the deploys is without work.
      const due = rig.load.total * (deploy / options.redeploys);
      rig.load.rate = rig.load.returns < due ? RETURNS_A_SECOND : RETURNS_A_SECOND / 10;
      await delay(rig.random.between(0, 500));
      const kind = KINDS[deploy % KINDS.length] ?? 'full';
      await nodeRed.deploy(changed(rig, instance, deploy), kind);
      if (deploy % 5 === 0) {
        options.tell(
          `redeploy ${deploy} of ${options.redeploys}; ${rig.load.returns} of ${rig.load.total} returns sent`,
        );
      }
      if (deploy === options.warmUp) before = await atRest(rig, instance);
    }
    rig.load.rate = RETURNS_A_SECOND * 2;
    await rig.load.done;
    const unsettled = await rig.comeToRest(() => undefined);
    const leaks = before === undefined ? [] : await leaksSince(before, rig, instance);
    return {
      redeploys: options.redeploys,
      leaks,
      posts: rig.load.posts,
      answered: rig.load.acknowledged,
      unsettled,
      errors: rig.errors(),
      verdicts: await rig.verdicts(),
      seconds: (performance.now() - began) / 1000,
    };
  } finally {
    await rig.end();
  }
}

/** The flows with another name for one of their nodes, so that a deploy of changes has something to do. */
function changed(rig: Rig, instance: Instance, deploy: number): FlowNode[] {
  const { changeable } = rig.random.pick(rig.scenarios);
  const id = changeable[deploy % changeable.length];
  return rig
    .flows(instance, false)
    .map((node) => (node.id === id ? { ...node, name: `deploy ${deploy}` } : node));
}

/** Lets the load stop and everything come to its end, and looks at a process that has just been deployed anew. */
async function atRest(rig: Rig, instance: Instance): Promise<Inspection> {
  rig.load.rate = 0;
  await rig.comeToRest(() => undefined);
  return inspectAnew(rig, instance.nodeRed, instance);
}

/** A full deploy closes the connections of the nodes before, whose number is a matter of luck. */
async function inspectAnew(rig: Rig, nodeRed: NodeRedProcess, instance: Instance): Promise<Inspection> {
  await nodeRed.deploy(rig.flows(instance, false), 'full');
  // The nodes begin to look for work only when the deploy is over.
  let last = '';
  for (let same = 0; same < CALM_LOOKS;) {
    await delay(CALM_LOOK_MS);
    const now = JSON.stringify(await nodeRed.admin<Inspection>('/inspect'));
    same = now === last ? same + 1 : 0;
    last = now;
  }
  return JSON.parse(last) as Inspection;
}

async function leaksSince(before: Inspection, rig: Rig, instance: Instance): Promise<string[]> {
  const after = await inspectAnew(rig, instance.nodeRed, instance);
  return (['resources', 'listeners', 'hooks'] as const).flatMap((part) =>
    Object.entries(after[part]).flatMap(([kind, count]) => {
      const had = before[part][kind] ?? 0;
      return count > had ? [`${part} ${kind}: ${had} after the warm-up, ${count} at the end`] : [];
    }),
  );
}

/** A line of the settings file: a route that tells what the process holds open. */
function inspectRoute(): string {
  const fromNodeRed = createRequire(join(ROOT, 'node_modules', 'node-red', 'red.js'));
  const util = JSON.stringify(fromNodeRed.resolve('@node-red/util'));
  return `httpAdminMiddleware: (request, response, next) => {
    if (request.path !== '/inspect') return next();
    const { events, hooks } = require(${util});
    const count = (names) => names.reduce((sum, name) => ({ ...sum, [name]: (sum[name] ?? 0) + 1 }), {});
    const hookNames = ['onSend', 'preRoute', 'preDeliver', 'postDeliver', 'onReceive', 'postReceive', 'onComplete'];
    response.json({
      resources: count(process.getActiveResourcesInfo()),
      listeners: Object.fromEntries(events.eventNames().map((name) => [String(name), events.listenerCount(name)])),
      hooks: Object.fromEntries(hookNames.map((name) => [name, hooks.has(name) ? 1 : 0])),
    });
  },`;
}
