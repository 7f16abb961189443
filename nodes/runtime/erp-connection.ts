import type { ErpConnector } from '../returns/erp-connector';
import { LedgerError } from '../returns/failure';
import type { ReturnsStore } from '../store/store';
import type { NodeBehaviour, NodeContext } from './define-node';

/** A config node that connects to an ERP, whichever it is. */
export interface ErpConnection extends NodeBehaviour {
  /** The connector, once the connection is ready; rejects with the reason where it is not. */
  connector(): Promise<ErpConnector>;
  /** The store that the connection keeps its intents and its item cache in. */
  store(): Promise<ReturnsStore>;
}

function isErpConnection(behaviour: NodeBehaviour): behaviour is ErpConnection {
  return 'connector' in behaviour && 'store' in behaviour;
}

/** The ERP connection that a node refers to. Throws `connection-not-set` (config) where there is none. */
export function erpConnectionOf(node: NodeContext<unknown>, connectionNodeId: string): ErpConnection {
  const found = node.peerThat(connectionNodeId, isErpConnection);
  if (found) return found;
  throw new LedgerError({
    code: 'connection-not-set',
    class: 'config',
    message: 'No ERP connection is chosen, or it is disabled: open the node and choose one',
  });
}
