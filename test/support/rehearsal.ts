import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, linkPack, NodeRedProcess, ROOT } from '../../scripts/node-red-process';
import { unsettled, type ReturnStates } from '../../scripts/returns-table';

export const STORE = 'rl01store0000001';
export const BUTTON = {
  send: 'rl01send00000001',
  unblock: 'rl01unblock00001',
  list: 'rl01list00000001',
  resume: 'rl01resume000001',
} as const;
export const WEBHOOK = '/returns/happy-returns';

export type FlowNode = Record<string, unknown> & { id: string; type: string };

export function exampleFlow(): FlowNode[] {
  return JSON.parse(readFileSync(join(ROOT, 'examples', 'happy-returns-to-d365.json'), 'utf8')) as FlowNode[];
}

/** The example with other values in one of its nodes. */
export function changed(
  flow: readonly FlowNode[],
  type: string,
  change: Record<string, unknown>,
): FlowNode[] {
  return flow.map((node) => (node.type === type ? { ...node, ...change } : node));
}

export interface RehearsalOptions {
  /** Extra lines of the settings file, as JavaScript properties. */
  settings?: string;
  /** Node types of the user's own: files of the `nodes` folder, by name. */
  nodeFiles?: Record<string, string>;
  /** Of the first process; after a restart they are gone. */
  env?: Record<string, string>;
}

/** A real Node-RED with the pack as it is built here, and its end. */
export class Rehearsal {
  private constructor(
    public nodeRed: NodeRedProcess,
    private readonly port: number,
    private readonly settings: string,
  ) {}

  static async start(flows: unknown, options: RehearsalOptions = {}): Promise<Rehearsal> {
    const userDir = mkdtempSync(join(tmpdir(), 'returns-rehearsal-'));
    linkPack(userDir);
    const own = Object.entries(options.nodeFiles ?? {});
    if (own.length > 0) mkdirSync(join(userDir, 'nodes'));
    for (const [name, text] of own) writeFileSync(join(userDir, 'nodes', name), text);
    const port = await freePort();
    const settings = options.settings ?? '';
    const nodeRed = await NodeRedProcess.start({
      userDir,
      port,
      flows,
      settings,
      ...(options.env ? { env: options.env } : {}),
    });
    return new Rehearsal(nodeRed, port, settings);
  }

  /** Ends the process at once, as a power cut would, and starts it again on the same data. */
  async killAndRestart(): Promise<void> {
    const { userDir } = this.nodeRed;
    await this.nodeRed.stop('SIGKILL');
    this.nodeRed = await NodeRedProcess.start({ userDir, port: this.port, settings: this.settings });
  }

  states(store: string = STORE): Promise<ReturnStates> {
    return this.nodeRed.admin<ReturnStates>(`/returns-ledger/returns-store/${store}/returns?limit=500`);
  }

  /** Asks again until the states are as wanted. */
  async until(
    wanted: (states: ReturnStates) => boolean,
    limitMs = 60_000,
    store: string = STORE,
  ): Promise<ReturnStates> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const states = await this.states(store);
      if (wanted(states)) return states;
      if (Date.now() > deadline) {
        throw new Error(
          `Not reached within ${limitMs} ms: ${JSON.stringify(states)}\n${this.nodeRed.log.slice(-3000)}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Sends bytes to the webhook; 0 where no answer came. */
  post(
    body: Buffer | string,
    headers: Record<string, string | string[]>,
    method = 'POST',
    path: string = WEBHOOK,
  ): Promise<number> {
    return new Promise((resolve) => {
      const outgoing = request({ host: '127.0.0.1', port: this.port, path, method, headers }, (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
      });
      outgoing.on('error', () => resolve(0));
      outgoing.end(body);
    });
  }

  async end(): Promise<void> {
    await this.nodeRed.stop('SIGKILL');
    rmSync(this.nodeRed.userDir, { recursive: true, force: true });
  }
}

export function settled(states: ReturnStates): boolean {
  return unsettled(states) === 0;
}
