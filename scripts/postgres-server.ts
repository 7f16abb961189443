import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './node-red-process';

/** A PostgreSQL server of our own on loopback, with a data directory that goes when it ends. For tests and figures. */
export class PostgresServer {
  readonly database = 'postgres';
  readonly user = 'ledger';
  readonly password = 'only-on-loopback';
  private process: ChildProcess | undefined;

  private constructor(
    private readonly binaries: string,
    private readonly folder: string,
    readonly port: number,
    private readonly account: { uid?: number; gid?: number },
  ) {}

  readonly host = '127.0.0.1';

  static async start(): Promise<PostgresServer> {
    const binaries = findBinaries();
    const folder = mkdtempSync(join(tmpdir(), 'returns-postgres-'));
    const account = serverAccount();
    if (account.uid !== undefined && account.gid !== undefined) chownSync(folder, account.uid, account.gid);
    const server = new PostgresServer(binaries, folder, await freePort(), account);
    execFileSync(
      join(binaries, 'initdb'),
      ['-D', join(folder, 'data'), '-U', server.user, '--auth=trust', '-E', 'UTF8', '--locale=C'],
      { ...account, cwd: folder, stdio: 'ignore' },
    );
    await server.run();
    return server;
  }

  /** Ends every connection at once, as a crash of the server does, and starts it again on the same data. */
  async crashAndRestart(): Promise<void> {
    await this.end('SIGQUIT');
    await this.run();
  }

  async stop(): Promise<void> {
    await this.end('SIGINT');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async run(): Promise<void> {
    const settings = [
      `port=${this.port}`,
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${this.folder}`,
    ];
    this.process = spawn(
      join(this.binaries, 'postgres'),
      ['-D', join(this.folder, 'data'), ...settings.flatMap((setting) => ['-c', setting])],
      { ...this.account, cwd: this.folder, stdio: 'ignore' },
    );
    for (let tries = 0; !(await this.answers()); tries += 1) {
      if (tries > 300) throw new Error('PostgreSQL does not start');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  private async answers(): Promise<boolean> {
    if (!(await takesConnections(this.port))) return false;
    const { status } = await new Promise<{ status: number | null }>((resolve) => {
      spawn(join(this.binaries, 'pg_isready'), ['-h', this.host, '-p', String(this.port)], {
        stdio: 'ignore',
      }).once('exit', (status) => resolve({ status }));
    });
    return status === 0;
  }

  private async end(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
    const { process } = this;
    if (!process || process.exitCode !== null) return;
    await new Promise<void>((resolve) => {
      process.once('exit', () => resolve());
      process.kill(signal);
    });
  }
}

/** True where a server can be started on this machine. */
export function hasPostgres(): boolean {
  try {
    return findBinaries() !== '';
  } catch {
    return false;
  }
}

/** Debian keeps the programs of each version in a folder of its own; the newest is taken. */
function findBinaries(): string {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions
    .map((version) => join(root, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')));
  if (found === undefined) {
    throw new Error(
      'PostgreSQL is not installed: install the package "postgresql" (Debian, Ubuntu) and try again',
    );
  }
  return found;
}

/** PostgreSQL refuses to run as root; its package brings an account of its own. */
function serverAccount(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres']).toString());
  return { uid: id('-u'), gid: id('-g') };
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
