import { systemClock } from '../returns/time';
import type { NodeContext } from '../runtime/define-node';
import { areFlowsRunning, onFlowsRunning } from '../runtime/flow-state';
import type { NodeMessage, SendValue } from '../runtime/node-red';
import type { ReturnsStore } from '../store/store';
import { RouterAlerts } from './router-alerts';

/** How often it is looked whether an alert has become due, or what was told of is gone. */
const LOOK_EVERY_MS = 15_000;

/** The alerts of a node, for as long as it lives: at once after a change, and again and again for what becomes due. */
export class AlertWatch {
  private readonly alerts: RouterAlerts;
  private timer: NodeJS.Timeout | undefined;
  private stop: (() => void) | undefined;

  constructor(
    private readonly node: Pick<NodeContext<unknown>, 'RED' | 'id' | 'emit' | 'background' | 'signal'>,
    store: ReturnsStore,
    minutes: number,
    place: (message: NodeMessage) => SendValue,
  ) {
    this.alerts = new RouterAlerts({
      store,
      router: node.id,
      send: (message) => node.emit(place(message)),
      canSend: () => !node.signal.aborted && areFlowsRunning(node.RED),
      clock: systemClock,
      everyMs: minutes * 60_000,
    });
  }

  start(): void {
    this.stop = onFlowsRunning(this.node.RED, () => this.look());
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  /** Nobody waits for it, and what fails is looked at again. */
  look(): void {
    if (this.node.signal.aborted) return;
    this.node.background(() => this.alerts.look());
  }

  close(): void {
    this.stop?.();
    clearInterval(this.timer);
  }
}
