import { FscmConnector } from '../../nodes/d365/fscm/connector';
import { postBatch } from '../../nodes/d365/post-batch';
import { d365SettingsSchema } from '../../nodes/d365/settings';
import { createHttp } from '../../nodes/runtime/http';
import { realSurroundings } from '../../nodes/runtime/retry';
import { openSqliteStore } from '../../nodes/store/sqlite';
import { ACCOUNT, POLICY } from '../support/d365-batch-rig';

/** Posts a batch of a store as one delivery of it does, and tells how it ended: `<file> <batch> <address of the ERP>`. */
async function main([file = '', id = '', address = '']: readonly string[]): Promise<void> {
  const store = await openSqliteStore({ file });
  const batch = await store.batch(id);
  if (!batch) throw new Error('The store has no such batch');
  const connector = new FscmConnector({
    settings: d365SettingsSchema.parse({
      environmentUrl: address,
      authorityUrl: address,
      tenant: ACCOUNT.tenant,
      clientId: ACCOUNT.clientId,
      company: 'usrt',
      settleSeconds: 0.3,
    }),
    clientSecret: ACCOUNT.clientSecret,
    http: createHttp({ allowPlainHttp: true }),
    surroundings: realSurroundings,
    connectionId: 'connection-1',
  });
  const { posted, refused, open, totals } = await postBatch(batch, {
    connector,
    store,
    policy: POLICY,
    surroundings: realSurroundings,
    together: 8,
    how: 'send',
    raisedBy: 'd365-create-return-order',
    onPosted: () => Promise.resolve(),
    onByHand: () => undefined,
  });
  await store.close();
  process.send?.({ posted, refused, open, totals }, () => process.exit(0));
}

main(process.argv.slice(2)).catch((thrown: unknown) => {
  console.error(thrown);
  process.exit(1);
});
