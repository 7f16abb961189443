import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, linkPack, NodeRedProcess, ROOT } from './node-red-process';
import { returnsTable, unsettled, type ReturnStates } from './returns-table';

const STORE = 'rl01store0000001';
const SEND_BUTTON = 'rl01send00000001';
const RETURNS = 25;

/** Starts Node-RED with the example flow, sends the sandbox's returns through it, and prints what was posted. */
async function main(): Promise<void> {
  const userDir = mkdtempSync(join(tmpdir(), 'returns-ledger-'));
  const flows: unknown = JSON.parse(
    readFileSync(join(ROOT, 'examples', 'happy-returns-to-d365.json'), 'utf8'),
  );
  linkPack(userDir);
  console.log('Starting Node-RED with the example flow and the sandbox …');
  const nodeRed = await NodeRedProcess.start({ userDir, port: await freePort(1880), flows });
  const clean = (): void => rmSync(userDir, { recursive: true, force: true });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      void nodeRed.stop().then(() => {
        clean();
        process.exit(0);
      });
    });
  }
  await nodeRed.waitForLog(/Receives Happy Returns webhooks/);
  console.log(`Sending ${RETURNS} returns as signed Happy Returns webhooks …\n`);
  await nodeRed.inject(SEND_BUTTON);
  const states = await finished(nodeRed);
  console.log(returnsTable(states));
  const failed = states.returns.some((entry) => entry.documents.length === 0 && entry.exception === null);
  if (failed)
    console.log(
      '\nSome returns have neither a document nor an exception: look at the log below.\n' + nodeRed.log,
    );
  if (process.env['RETURNS_LEDGER_EXIT'] === '1') {
    await nodeRed.stop();
    clean();
    process.exitCode = failed ? 1 : 0;
    return;
  }
  console.log(`\nThe editor is open at ${nodeRed.baseUrl}/ – press Ctrl+C to stop.`);
  await nodeRed.exited();
  clean();
}

/** Waits until every return that was sent has come to its end, and no delivery is under way. */
async function finished(nodeRed: NodeRedProcess): Promise<ReturnStates> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const states = await nodeRed.admin<ReturnStates>(
      `/returns-ledger/returns-store/${STORE}/returns?limit=500`,
    );
    const sent = new Set(states.returns.map((entry) => entry.return)).size;
    if (sent >= RETURNS && unsettled(states) === 0) return states;
    if (Date.now() > deadline) return states;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

main().catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exit(1);
});
