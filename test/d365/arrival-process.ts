import { asLedgerError } from '../../nodes/returns/failure';
import { returnEventSchema } from '../../nodes/returns/event';
import { createHttp } from '../../nodes/runtime/http';
import { realSurroundings } from '../../nodes/runtime/retry';
import { openSqliteStore } from '../../nodes/store/sqlite';
import { ARRIVALS, ORDERS, connectorTo } from '../support/d365-arrivals';

/** Receives the goods of one event as its delivery does, until it is done: `<file> <event> <address of the ERP>`. */
async function main([file = '', event = '', address = '']: readonly string[]): Promise<void> {
  const store = await openSqliteStore({ file });
  const http = createHttp({ allowPlainHttp: true });
  const connector = connectorTo(http, realSurroundings, {
    environmentUrl: address,
    authorityUrl: address,
    settleSeconds: 0.3,
  });
  const of = returnEventSchema.parse(JSON.parse(event));
  for (;;) {
    try {
      const { documents, problem } = await connector.receiveGoods(
        of,
        [],
        { ...ARRIVALS, unannounced: ORDERS },
        store,
      );
      await store.close();
      process.send?.({ documents: documents.length, problem }, () => process.exit(0));
      return;
    } catch (thrown) {
      const { class: failure, retryAfterMs = 100 } = asLedgerError(thrown);
      if (failure !== 'ambiguous' && failure !== 'transient') throw thrown;
      await realSurroundings.wait(retryAfterMs);
    }
  }
}

main(process.argv.slice(2)).catch((thrown: unknown) => {
  console.error(thrown);
  process.exit(1);
});
