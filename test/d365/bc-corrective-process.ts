import { BusinessCentralConnector } from '../../nodes/d365/business-central/connector';
import { d365SettingsSchema } from '../../nodes/d365/settings';
import type { ReturnEvent } from '../../nodes/returns/event';
import { createHttp } from '../../nodes/runtime/http';
import { realSurroundings } from '../../nodes/runtime/retry';
import { openSqliteStore } from '../../nodes/store/sqlite';
import { BC_ACCOUNT, POLICY } from '../support/bc-bench';

/** Makes the draft of one return as a copy of its invoice, and tells how it ended: `<file> <address of the ERP> <event>`. */
async function main([file = '', address = '', event = '']: readonly string[]): Promise<void> {
  const store = await openSqliteStore({ file });
  const connector = new BusinessCentralConnector({
    settings: d365SettingsSchema.parse({
      product: 'bc',
      environmentUrl: address,
      authorityUrl: address,
      tenant: BC_ACCOUNT.tenant,
      clientId: BC_ACCOUNT.clientId,
      company: 'usrt',
      bcCorrective: 'open-invoice',
      settleSeconds: 0.1,
    }),
    clientSecret: BC_ACCOUNT.clientSecret,
    http: createHttp({ allowPlainHttp: true }),
    surroundings: realSurroundings,
    connectionId: 'connection-1',
  });
  const outcome = await connector.createReturnOrder(JSON.parse(event) as ReturnEvent, POLICY, store);
  await store.close();
  process.send?.(outcome, () => process.exit(0));
}

main(process.argv.slice(2)).catch((thrown: unknown) => {
  console.error(thrown);
  process.exit(1);
});
