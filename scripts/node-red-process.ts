import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';

export const PACKAGE = '@returns-ledger/node-red-returns-ledger';
export const ROOT = join(__dirname, '..', '..');

export interface NodeRedOptions {
  /** Folder of the user's data; made where it is missing. */
  userDir: string;
  port: number;
  /** The flow to start with; none leaves what is in the user directory. */
  flows?: unknown;
  /** `red.js` of the Node-RED to start; by default that of the devDependency. */
  redJs?: string;
  /** Extra lines of the settings file, as JavaScript properties. */
  settings?: string;
  env?: Record<string, string>;
  /** A command that starts it, such as one that ties it to a processor. */
  startedBy?: readonly string[];
  /** Options of Node.js itself. */
  nodeOptions?: readonly string[];
}

/** A real Node-RED in a process of its own, with this pack in its user directory. */
export class NodeRedProcess {
  private output = '';
  private readonly listeners = new Set<() => void>();
  private ended = false;
  private endedBy: NodeJS.Signals | null = null;

  private constructor(
    private readonly child: ChildProcess,
    readonly baseUrl: string,
    readonly userDir: string,
  ) {
    const take = (chunk: Buffer): void => {
      this.output += chunk.toString();
      for (const listener of this.listeners) listener();
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    child.on('exit', (_, signal) => {
      this.ended = true;
      this.endedBy = signal;
      for (const listener of this.listeners) listener();
    });
  }

  /** Starts it, and waits for nothing: for processes that are meant to die at any moment. */
  static launch(options: NodeRedOptions): NodeRedProcess {
    const { userDir, port } = options;
    mkdirSync(userDir, { recursive: true });
    if (options.flows !== undefined)
      writeFileSync(join(userDir, 'flows.json'), JSON.stringify(options.flows));
    writeFileSync(join(userDir, 'settings.js'), settingsFile(port, options.settings ?? ''));
    const redJs = options.redJs ?? join(ROOT, 'node_modules', 'node-red', 'red.js');
    const node = [process.execPath, ...(options.nodeOptions ?? [])];
    const red = [redJs, '-u', userDir, '-s', join(userDir, 'settings.js')];
    const [command = process.execPath, ...words] = [...(options.startedBy ?? []), ...node, ...red];
    const child = spawn(command, words, {
      // The pipe is the lifeline that the settings file watches; nothing is ever written to it.
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    });
    return new NodeRedProcess(child, `http://127.0.0.1:${port}`, userDir);
  }

  /** Starts it and waits until its flows run. */
  static async start(options: NodeRedOptions): Promise<NodeRedProcess> {
    const nodeRed = NodeRedProcess.launch(options);
    try {
      await nodeRed.waitForLog(/Started flows/, 60_000);
    } catch (thrown) {
      await nodeRed.stop('SIGKILL');
      throw thrown;
    }
    return nodeRed;
  }

  get running(): boolean {
    return !this.ended;
  }

  /** The signal that ended it; null while it runs, and where it ended by itself. */
  get signal(): NodeJS.Signals | null {
    return this.endedBy;
  }

  get log(): string {
    return this.output;
  }

  /** Resolves with the first match in the log, past or to come. */
  async waitForLog(pattern: RegExp, limitMs = 30_000): Promise<RegExpExecArray> {
    return this.waitFor(() => pattern.exec(this.output), limitMs, `the log to say ${String(pattern)}`);
  }

  /** Looks at a condition whenever the log grows, and five times a second besides. */
  async waitFor<T>(look: () => T | null | undefined | false, limitMs: number, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearInterval(poll);
        clearTimeout(limit);
        this.listeners.delete(check);
      };
      const check = (): void => {
        const found = look();
        if (found !== null && found !== undefined && found !== false) {
          stop();
          resolve(found);
        } else if (this.ended) {
          stop();
          reject(new Error(`Node-RED ended while waiting for ${what}:\n${this.output}`));
        }
      };
      const poll = setInterval(check, 200);
      const limit = setTimeout(() => {
        stop();
        reject(new Error(`Waited ${limitMs} ms for ${what}:\n${this.output.slice(-4000)}`));
      }, limitMs);
      this.listeners.add(check);
      check();
    });
  }

  /** Asks the admin API. */
  async admin<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.baseUrl}${path}`, { headers: { accept: 'application/json' } });
    if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}`);
    return (await answer.json()) as T;
  }

  /** Deploys flows and waits until they run. */
  async deploy(flows: unknown, type: 'full' | 'nodes' | 'flows' = 'full'): Promise<void> {
    const starts = this.output.split('Started').length;
    const answer = await fetch(`${this.baseUrl}/flows`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'Node-RED-API-Version': 'v2',
        'Node-RED-Deployment-Type': type,
      },
      body: JSON.stringify({ flows }),
    });
    if (!answer.ok) throw new Error(`The deploy was answered with ${answer.status}: ${await answer.text()}`);
    await this.waitFor(() => this.output.split('Started').length > starts, 30_000, 'the flows to start');
  }

  /** Presses the button of an Inject node. */
  async inject(nodeId: string): Promise<void> {
    const answer = await fetch(`${this.baseUrl}/inject/${nodeId}`, { method: 'POST' });
    if (!answer.ok) throw new Error(`The inject node answered ${answer.status}`);
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.ended) return;
    await new Promise<void>((resolve) => {
      this.child.once('exit', () => resolve());
      this.child.kill(signal);
    });
  }

  /** Resolves when the process has ended. */
  exited(): Promise<void> {
    return this.ended
      ? Promise.resolve()
      : new Promise((resolve) => this.child.once('exit', () => resolve()));
  }
}

/** Makes a user directory that uses the pack of this repository as it is built. */
export function linkPack(userDir: string): void {
  const link = join(userDir, 'node_modules', PACKAGE);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(ROOT, link, 'junction');
  const manifest = { name: 'node-red-user-directory', private: true, dependencies: { [PACKAGE]: '*' } };
  writeFileSync(join(userDir, 'package.json'), JSON.stringify(manifest));
}

/** The wanted port if it is free, else one that the system chooses. */
export async function freePort(wanted = 0): Promise<number> {
  const tryPort = (port: number): Promise<number | null> =>
    new Promise((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(null));
      server.listen(port, '127.0.0.1', () => {
        const { port: got } = server.address() as AddressInfo;
        server.close(() => resolve(got));
      });
    });
  const port = (await tryPort(wanted)) ?? (await tryPort(0));
  if (port === null) throw new Error('No port is free on this machine');
  return port;
}

function settingsFile(port: number, extra: string): string {
  // Whoever started this Node-RED may be killed without a chance to stop it (kill -9, a test runner's time limit).
  // The system then closes the pipe, and Node-RED stops itself instead of living on with the port and the store.
  return `process.stdin.on('error', () => {}).on('close', () => process.kill(process.pid, 'SIGTERM')).resume();
module.exports = {
  flowFile: 'flows.json',
  credentialSecret: 'only-for-this-rehearsal',
  uiHost: '127.0.0.1',
  uiPort: ${port},
  telemetry: { enabled: false, updateNotification: false },
  editorTheme: { tours: false, projects: { enabled: false } },
  logging: { console: { level: 'info', metrics: false, audit: false } },
  ${extra}
};
`;
}
