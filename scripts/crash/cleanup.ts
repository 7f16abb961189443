/**
 * What must not outlive the harness: child processes and temporary directories. Run once, however it ends, unless it
 * is killed itself; Node-RED then notices that its pipe is closed.
 */
const ends: (() => void)[] = [];
let listening = false;

/** Remembers something to do at the end; it must be quick and cannot wait. */
export function atTheEnd(end: () => void): void {
  ends.push(end);
  if (listening) return;
  listening = true;
  process.on('exit', runAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => process.exit(signal === 'SIGINT' ? 130 : 143));
  }
}

function runAll(): void {
  for (const end of ends.splice(0).reverse()) {
    try {
      end();
    } catch (thrown) {
      console.error(thrown);
    }
  }
}
