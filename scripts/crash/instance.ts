import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, linkPack, NodeRedProcess } from '../node-red-process';
import { atTheEnd } from './cleanup';

/** One Node-RED that is started and killed again and again, on the same user directory and port. */
export class Instance {
  private process: NodeRedProcess | undefined;
  private readonly lives: string[] = [];

  private constructor(
    readonly name: string,
    readonly userDir: string,
    readonly port: number,
    private readonly settings: string,
  ) {}

  /** @param nodes files of nodes that it has besides the pack's, by name */
  static async create(
    name: string,
    settings = '',
    nodes: Readonly<Record<string, string>> = {},
  ): Promise<Instance> {
    const userDir = mkdtempSync(join(tmpdir(), `returns-crash-${name}-`));
    linkPack(userDir);
    for (const [file, text] of Object.entries(nodes)) {
      mkdirSync(join(userDir, 'nodes'), { recursive: true });
      writeFileSync(join(userDir, 'nodes', file), text);
    }
    const instance = new Instance(name, userDir, await freePort(), settings);
    atTheEnd(() => {
      void instance.process?.stop('SIGKILL');
      rmSync(userDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    });
    return instance;
  }

  /** The Node-RED of now. Throws where there is none. */
  get nodeRed(): NodeRedProcess {
    if (!this.process) throw new Error(`Instance ${this.name} was never started`);
    return this.process;
  }

  get running(): boolean {
    return this.process?.running ?? false;
  }

  /** Begins a life; it may end at any moment. */
  launch(env: Record<string, string> = {}, flows?: unknown): NodeRedProcess {
    if (this.process) this.lives.push(this.process.log);
    const { userDir, port, settings } = this;
    const options = { userDir, port, settings, env, ...(flows === undefined ? {} : { flows }) };
    this.process = NodeRedProcess.launch(options);
    return this.process;
  }

  /** Begins a life and waits until its flows run. */
  async start(env: Record<string, string> = {}, flows?: unknown): Promise<NodeRedProcess> {
    const nodeRed = this.launch(env, flows);
    await nodeRed.waitForLog(/Started flows/, 60_000);
    return nodeRed;
  }

  /** What all lives have written to their logs as errors, each sentence once with its count. */
  errors(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const log of [...this.lives, this.process?.log ?? '']) {
      for (const [, sentence = ''] of log.matchAll(/\[error\] (.*)$/gm)) {
        const kind = sentence.replace(/\d+/g, '#').slice(0, 160);
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
      }
    }
    return counts;
  }

  async end(): Promise<void> {
    await this.process?.stop('SIGKILL');
    rmSync(this.userDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
