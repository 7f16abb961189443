import { asLedgerError, LedgerError } from '../returns/failure';
import { faultPoint } from '../store/fault-point';
import type { PruneCounts, ReturnsStore } from '../store/store';
import { serveConnectionTest } from './connection-test';
import { defineNode, livingBehaviour, type NodeBehaviour, type NodeContext } from './define-node';
import type { NodeRed } from './node-red';
import { realSurroundings } from './retry';
import { serveReturnStates } from './return-states';
import { openPatiently, unlessAborted } from './store-opening';
import {
  assertComplete,
  openStore,
  storeFile,
  storeSettingsSchema,
  type StoreSettings,
} from './store-settings';
import { pruneHourly, pruneNow, StoreBackups } from './store-upkeep';

export const RETURNS_STORE = 'returns-store';

export interface ReturnsStoreBehaviour extends NodeBehaviour {
  /** The open store; rejects with the reason where it cannot be opened, and waits where that reason may pass. */
  open(): Promise<ReturnsStore>;
  /** Writes a back-up now. Throws `backup-failed`, `backup-elsewhere`. */
  backup(): Promise<{ file: string; bytes: number }>;
  /** Removes what is older than the settings say, now. */
  prune(): Promise<PruneCounts>;
}

function start(node: NodeContext<StoreSettings>): ReturnsStoreBehaviour {
  const { config, credentials, signal } = node;
  assertComplete(config);
  const embedded = config.driver === 'sqlite';
  const file = embedded ? storeFile(config, node.id, node.RED.settings.userDir) : '';
  const opening = openPatiently(
    () => openStore(config, credentials['password'], file, node),
    realSurroundings,
    signal,
    (error) => node.fail(error),
  );
  const backups = opening.then(
    (store) => new StoreBackups(store, file, config.backupsKept, realSurroundings),
  );
  backups.catch(() => undefined);
  opening.then(
    () => node.info(`Returns store opened: ${embedded ? file : `${config.host}, ${config.database}`}`),
    () => undefined,
  );

  node.background(async () => {
    const store = await unlessAborted(opening, signal).catch(() => null);
    while (store && !signal.aborted) {
      // What fails once is tried again an hour later.
      await pruneHourly(store, config, realSurroundings, signal, (counts) => {
        const removed = Object.entries(counts).filter(([, n]) => n > 0);
        const text = removed.map(([what, n]) => `${n} ${what}`).join(', ');
        if (text !== '') node.info(`Removed by age: ${text}`);
      }).catch((thrown: unknown) => {
        if (!signal.aborted) node.fail(thrown);
      });
    }
  });
  if (embedded && config.backupHours > 0) {
    node.background(async () => {
      const writer = await unlessAborted(backups, signal).catch(() => null);
      while (writer && !signal.aborted) {
        await realSurroundings.wait(config.backupHours * 3_600_000, signal);
        await writer.make().then(
          (made) => node.info(`Returns store backed up: ${made.file}`),
          (thrown: unknown) => node.fail(thrown),
        );
      }
    });
  }

  return {
    open: () => opening,
    backup: async () => (await backups).make(),
    prune: async () => pruneNow(await opening, config, realSurroundings, signal),
    close: async () => {
      const store = await opening.catch(() => undefined);
      faultPoint('closing');
      await store?.close();
    },
  };
}

/** The store that a node refers to. Throws `store-not-set` (config) where there is none. */
export async function storeOf(node: NodeContext<unknown>, storeNodeId: string): Promise<ReturnsStore> {
  const found = node.peer(storeNodeId, RETURNS_STORE) as ReturnsStoreBehaviour | undefined;
  if (!found) {
    throw new LedgerError({
      code: 'store-not-set',
      class: 'config',
      message: 'No returns store is chosen, or it is disabled: open the node and choose one',
    });
  }
  return unlessAborted(found.open(), node.signal);
}

/**
 * What a person may have done at once: `POST /returns-ledger/returns-store/<node id>/backup` and `…/prune`, both behind
 * `returns-store.write`.
 */
function serveUpkeep(RED: NodeRed): void {
  const serve = (action: string, act: (store: ReturnsStoreBehaviour) => Promise<object>): void =>
    RED.httpAdmin.post(
      `/returns-ledger/returns-store/:id/${action}`,
      RED.auth.needsPermission('returns-store.write'),
      (request, response) => {
        const id = request.params['id'] ?? '';
        const found = livingBehaviour(id, RETURNS_STORE) as ReturnsStoreBehaviour | undefined;
        if (!found) {
          response.sendStatus(404);
          return;
        }
        act(found).then(
          (result) => response.json({ ok: true, ...result }),
          (thrown: unknown) => response.json({ ok: false, message: asLedgerError(thrown).message }),
        );
      },
    );
  serve('backup', (store) => store.backup());
  serve('prune', (store) => store.prune());
}

export default function register(RED: NodeRed): void {
  defineNode(RED, {
    type: RETURNS_STORE,
    config: storeSettingsSchema,
    credentials: { password: { type: 'password' } },
    start,
  });
  serveReturnStates(RED);
  serveUpkeep(RED);
  serveConnectionTest(RED, RETURNS_STORE, async (form, secrets) => {
    const settings = storeSettingsSchema.parse({ ...form, driver: 'postgres' });
    assertComplete(settings);
    const silent = { info: () => undefined, warn: () => undefined };
    const store = await openStore(settings, secrets['password'], '', silent);
    const { emitted, open, waiting } = await store.countDeliveries(null);
    await store.close();
    return {
      ok: true,
      message: `PostgreSQL at ${settings.host}: the store is there, ${open + emitted + waiting} deliveries under way.`,
    };
  });
}
