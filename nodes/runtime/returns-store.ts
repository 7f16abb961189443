import { join } from 'node:path';
import { z } from 'zod';
import { LedgerError } from '../returns/failure';
import { openSqliteStore } from '../store/sqlite';
import type { ReturnsStore } from '../store/store';
import { defineNode, type NodeBehaviour, type NodeContext } from './define-node';
import type { NodeRed } from './node-red';
import { serveReturnStates } from './return-states';

export const RETURNS_STORE = 'returns-store';

const configSchema = z.object({
  name: z.string().default(''),
  /** A file name below the Node-RED user directory; blank takes one of its own. */
  file: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9._-]*$/, 'use a plain file name of letters, digits, and - . _ without a folder')
    .default(''),
});

type StoreConfig = z.infer<typeof configSchema>;

export interface ReturnsStoreBehaviour extends NodeBehaviour {
  /** The open store; rejects with the reason where it could not be opened. */
  open(): Promise<ReturnsStore>;
}

function start(node: NodeContext<StoreConfig>): ReturnsStoreBehaviour {
  const file = storeFile(node);
  const opening = openSqliteStore({ file });
  opening.then(
    () => node.info(`Returns store opened: ${file}`),
    (thrown: unknown) => node.fail(thrown),
  );
  return {
    open: () => opening,
    close: async () => {
      const store = await opening.catch(() => undefined);
      await store?.close();
    },
  };
}

function storeFile(node: NodeContext<StoreConfig>): string {
  const userDir = node.RED.settings.userDir;
  if (userDir === undefined) {
    throw new LedgerError({
      code: 'no-user-directory',
      class: 'config',
      message: 'Node-RED has no user directory, so the returns store has no place for its file',
    });
  }
  const name = node.config.file === '' ? `store-${node.id}.db` : node.config.file;
  return join(userDir, 'returns-ledger', name.endsWith('.db') ? name : `${name}.db`);
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
  return found.open();
}

export default function register(RED: NodeRed): void {
  defineNode(RED, { type: RETURNS_STORE, config: configSchema, start });
  serveReturnStates(RED);
}
