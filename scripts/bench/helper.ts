import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';

/** The server under test has a processor to itself; whatever loads or answers it is on the other one. */
export const SERVER_CORE = 0;
export const HELPER_CORE = 1;

let pinning: boolean | undefined;

/** Whether processes can be tied to a processor here: `taskset` is there, and there are two processors at least. */
export function canPin(): boolean {
  pinning ??=
    cpus().length > 1 &&
    spawnSync('taskset', ['-c', String(HELPER_CORE), process.execPath, '--version']).status === 0;
  return pinning;
}

/** The command that starts a process tied to a processor; empty where that is not possible. */
export function tiedTo(core: number): string[] {
  return canPin() ? ['taskset', '-c', String(core)] : [];
}

/** Ties the measuring process itself to the server's processor: where it does the work, it takes the server's place. */
export function tieSelf(): void {
  if (canPin()) spawnSync('taskset', ['-a', '-p', '-c', String(SERVER_CORE), String(process.pid)]);
}

interface Question {
  id: number;
  ask: string;
  argument: unknown;
}

interface Answer {
  id: number;
  value?: unknown;
  error?: string;
}

/** What a helper process can be asked. */
export type Helping = Record<string, (argument: never) => unknown>;

/** A process of the measurement beside the one that measures: a load generator, a simulator, a bare server. */
export class Helper {
  private nextId = 1;
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(why: Error): void }>();

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (answer: Answer) => {
      const asked = this.waiting.get(answer.id);
      this.waiting.delete(answer.id);
      if (answer.error === undefined) asked?.resolve(answer.value);
      else asked?.reject(new Error(answer.error));
    });
    child.on('exit', () => {
      for (const asked of this.waiting.values()) asked.reject(new Error('A helper process has ended'));
      this.waiting.clear();
    });
  }

  /** Starts a module of this folder by its name. */
  static start(module: string, core: number): Helper {
    const [command, ...words] = tiedTo(core);
    const child = fork(join(__dirname, `${module}.js`), [], {
      execPath: command ?? process.execPath,
      execArgv: command === undefined ? [] : [...words, process.execPath],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    return new Helper(child);
  }

  ask<T>(what: string, argument: unknown = null): Promise<T> {
    const id = this.nextId++;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      const question: Question = { id, ask: what, argument };
      this.child.send(question);
    });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      this.child.once('exit', () => resolve());
      // It ends with its connection, so that it can write down what it was asked to (a profile).
      if (this.child.connected) this.child.disconnect();
      setTimeout(() => this.child.kill('SIGKILL'), 3000).unref();
    });
  }
}

/** The other end: answers what the measuring process asks, and ends with it. */
export function help(helping: Helping): void {
  process.on('message', (question: Question) => {
    const act = helping[question.ask];
    const answer = act
      ? Promise.resolve(question.argument as never).then(act)
      : Promise.reject(new Error(`This helper does not know ${question.ask}`));
    answer.then(
      (value) => process.send?.({ id: question.id, value } satisfies Answer),
      (thrown: unknown) =>
        process.send?.({
          id: question.id,
          error: thrown instanceof Error ? (thrown.stack ?? '') : 'unknown',
        }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}
