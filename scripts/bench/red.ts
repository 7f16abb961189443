import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, linkPack, NodeRedProcess } from '../node-red-process';
import type { FlowNode } from './flows';
import { SERVER_CORE, tiedTo } from './helper';

export interface RedOptions {
  flows: readonly FlowNode[];
  /** Extra lines of the settings file. */
  settings?: string;
  nodeOptions?: readonly string[];
  /** A line that the log says when it is ready to be measured. */
  ready?: RegExp;
}

export const RECEIVES = /Receives Happy Returns webhooks/;

/** A Node-RED on the processor of the server, with the pack in a user directory of its own. */
export class BenchRed {
  private constructor(
    public process: NodeRedProcess,
    readonly port: number,
    readonly userDir: string,
    private readonly options: RedOptions,
  ) {}

  /** Starts it and deploys the flow: secrets go in by a deploy, as a person would enter them. */
  static async start(options: RedOptions): Promise<BenchRed> {
    const userDir = mkdtempSync(join(tmpdir(), 'returns-bench-'));
    linkPack(userDir);
    const port = await freePort();
    const process = await launch(userDir, port, options, []);
    const red = new BenchRed(process, port, userDir, options);
    try {
      await process.deploy(options.flows);
      if (options.ready) await process.waitForLog(options.ready);
    } catch (thrown) {
      await red.end();
      throw thrown;
    }
    return red;
  }

  /** Ends the process and starts it again on the same user directory; does not wait until it serves. */
  relaunch(): Promise<NodeRedProcess> {
    return launch(this.userDir, this.port, this.options).then((process) => (this.process = process));
  }

  async end(): Promise<void> {
    await this.process.stop('SIGKILL');
    rmSync(this.userDir, { recursive: true, force: true });
  }
}

function launch(
  userDir: string,
  port: number,
  { settings, nodeOptions }: RedOptions,
  flows?: unknown,
): Promise<NodeRedProcess> {
  const profile = process.env['BENCH_CPU_PROFILE'];
  return NodeRedProcess.start({
    userDir,
    port,
    ...(flows === undefined ? {} : { flows }),
    ...(settings === undefined ? {} : { settings }),
    startedBy: tiedTo(SERVER_CORE),
    nodeOptions: [
      ...(nodeOptions ?? []),
      ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
    ],
  });
}
