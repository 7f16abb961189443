import { KINDS, type PostedDocuments } from '../../nodes/d365/documents';
import { FscmConnector } from '../../nodes/d365/fscm/connector';
import { postMembers } from '../../nodes/d365/post-batch';
import { d365SettingsSchema } from '../../nodes/d365/settings';
import { returnKey, type ReturnEvent } from '../../nodes/returns/event';
import { asLedgerError, type LedgerError } from '../../nodes/returns/failure';
import { createHttp } from '../../nodes/runtime/http';
import { realSurroundings } from '../../nodes/runtime/retry';
import { openSqliteStore } from '../../nodes/store/sqlite';
import { RESOLD } from '../support/d365-arrival-batch';
import { ACCOUNT } from '../support/d365-batch-rig';
import { POLICY } from '../support/d365-refunds';

/**
 * Posts the documents of a batch of a store as its deliveries do, until it is done:
 * `arrivals|refunds <file> <batch> <address of the ERP>`. Refunds are those of credits that are posted.
 */
async function main([what = '', file = '', id = '', address = '']: readonly string[]): Promise<void> {
  const store = await openSqliteStore({ file });
  const batch = await store.batch(id);
  if (!batch) throw new Error('The store has no such batch');
  const { tenant, clientId, clientSecret } = ACCOUNT;
  const given = { environmentUrl: address, authorityUrl: address, tenant, clientId, company: 'usrt' };
  const connector = new FscmConnector({
    settings: d365SettingsSchema.parse({ ...given, posting: 'service', settleSeconds: 0.3 }),
    clientSecret,
    http: createHttp({ allowPlainHttp: true }),
    surroundings: realSurroundings,
    connectionId: 'connection-1',
  });
  const post = async (events: readonly ReturnEvent[]): Promise<(PostedDocuments | LedgerError)[]> => {
    if (what === 'arrivals') return connector.receiveGoodsTogether(events, RESOLD, store);
    const credited = await Promise.all(
      events.map(async (event) => {
        const known = await store.documentsOf(returnKey(event));
        return { event, credits: known.filter(({ kind }) => kind === KINDS.creditNote) };
      }),
    );
    return connector.bookRefundsTogether(credited, POLICY, store);
  };
  for (;;) {
    const { posted, refused, open, totals, failure } = await postMembers(batch, {
      connectionId: connector.connectionId,
      store,
      mappings: null,
      surroundings: realSurroundings,
      together: 8,
      how: 'send',
      raisedBy: 'the process',
      post: async (events) =>
        (await post(events)).map((answer) => {
          if (!('documents' in answer)) return asLedgerError(answer);
          const { problem } = answer;
          return problem ? { outcome: 'exception', problem } : { outcome: 'posted' };
        }),
      waits: ({ code }) => code === 'd365-package-running',
      onDone: () => Promise.resolve(),
      onByHand: () => undefined,
    });
    if (totals) {
      await store.close();
      process.send?.({ posted, refused, open }, () => process.exit(0));
      return;
    }
    await realSurroundings.wait(failure?.retryAfterMs ?? 100);
  }
}

main(process.argv.slice(2)).catch((thrown: unknown) => {
  console.error(thrown);
  process.exit(1);
});
