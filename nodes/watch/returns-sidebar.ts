import type { NodeRed } from '../runtime/node-red';
import { serveSidebar } from './sidebar-api';
import { SidebarPulse } from './sidebar-pulse';

/** The topic on which open editors are told of changes. */
const TOPIC = 'returns-ledger/exceptions';

/** The editor's sidebar *Returns*: what is open, who has to act, and the acts themselves. */
export default function register(RED: NodeRed): void {
  const pulse = new SidebarPulse({
    publish: (stores) => RED.comms?.publish(TOPIC, { stores }),
    setTimer: (work, ms) => {
      const timer = setTimeout(work, ms);
      timer.unref();
      return { clear: () => clearTimeout(timer) };
    },
    elapsed: () => performance.now(),
  });
  RED.plugins?.registerPlugin('returns-ledger-sidebar', { type: 'returns-ledger' });
  serveSidebar(RED, pulse);
}
