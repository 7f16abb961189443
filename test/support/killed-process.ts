import { fork } from 'node:child_process';

/**
 * Runs a process that dies by itself at a fault point; resolves to what it told, or null where it was killed.
 *
 * @param faultAt name of the point and which time it is reached, such as `package-begun:2`; null for a run to the end
 */
export function runKilled(file: string, args: readonly string[], faultAt: string | null): Promise<unknown> {
  const env = { ...process.env };
  delete env['RETURNS_LEDGER_FAULT_AT'];
  if (faultAt !== null) env['RETURNS_LEDGER_FAULT_AT'] = faultAt;
  return new Promise((resolve, reject) => {
    const child = fork(file, args, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    let told: unknown = null;
    child.on('message', (message) => (told = message));
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (code === 0) resolve(told);
      else if (signal === 'SIGKILL') resolve(null);
      else reject(new Error(`The process ended with ${code ?? signal ?? 'nothing'}`));
    });
  });
}
