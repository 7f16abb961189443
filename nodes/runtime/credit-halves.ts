import type { ErpConnector } from '../returns/erp-connector';
import { returnKey, type PostedDocument, type ReturnEvent } from '../returns/event';
import { instantOf } from '../returns/time';
import type { ReturnsStore } from '../store/store';
import type { NodeContext } from './define-node';
import { onFlowsRunning } from './flow-state';
import {
  closeOnly,
  exposureOf,
  halfOf,
  markTold,
  overdueHalves,
  saysGoodsAreIn,
  type ExposureRow,
} from './pair-watch';
import type { PostingConnection } from './posting-node';
import { raiseException } from './raise-exception';
import { realSurroundings } from './retry';

/** How often it is looked whether a half of a return is overdue. */
const WATCH_EVERY_MS = 5 * 60_000;

/** What a credit node sets about the halves. */
export interface HalvesRules {
  /** The node's type: who raises what is overdue. */
  type: string;
  goodsWithinDays: number;
  creditWithinHours: number;
  /** Shows what is out, where credits are given before the goods are in; null where they are not. */
  exposed: ((read: () => Promise<ExposureRow[]>) => void) | null;
}

/**
 * The two halves of a return, as the credit node sees them: its credits, and goods that an event reports. What is out
 * stands on the status; what is overdue goes to output 2, once a day for as long as it lasts (R92, R98, R115, R178).
 */
export class CreditHalves {
  constructor(
    private readonly node: NodeContext<unknown>,
    private readonly connection: PostingConnection<ErpConnector>,
    private readonly rules: HalvesRules,
  ) {}

  /** Looks again and again, from when the flows run: before that nobody would get what is raised. */
  start(): void {
    const { node } = this;
    node.background(async () => {
      await new Promise<void>((resolve) => {
        const stop = onFlowsRunning(node.RED, resolve);
        const end = (): void => {
          stop();
          resolve();
        };
        node.signal.addEventListener('abort', end, { once: true });
      });
      while (!node.signal.aborted) {
        // A connection or store that is not there yet is looked for again.
        await this.watch().catch(() => undefined);
        await realSurroundings.wait(WATCH_EVERY_MS, node.signal);
      }
    });
  }

  /** Tells of what is overdue, now. */
  async watch(): Promise<void> {
    const { node } = this;
    const { type } = this.rules;
    const { store, connectionId } = await this.ready();
    this.showExposure(store, connectionId);
    const overdue = await overdueHalves(store, connectionId, type, realSurroundings);
    for (const { message, exception, halves } of overdue) {
      const key = halves[0]?.returnKey ?? '';
      await raiseException(node, store, message, key, exception, (sent) => node.emit(sent));
    }
    await markTold(store, overdue, realSurroundings);
  }

  /** The money half is posted. */
  async credited(event: ReturnEvent, credit: PostedDocument): Promise<void> {
    const { store, connectionId } = await this.ready();
    const withinHours = this.rules.goodsWithinDays * 24;
    const { number: document, amount } = credit;
    await store.recordHalf(halfOf(event, 'credit', { connectionId, document, amount, withinHours }));
    this.showExposure(store, connectionId);
  }

  /** Goods are in the building, where the event says so: what waited for them waits no more. */
  async goods(event: ReturnEvent, creditedByHand: boolean): Promise<void> {
    if (!saysGoodsAreIn(event)) return;
    const { store, connectionId } = await this.ready();
    const key = returnKey(event);
    const now = instantOf(realSurroundings.clock);
    // Rejected goods get no credit, so none is missed, whatever was expected of them when they came. The same holds
    // for what a person has credited by hand: it must not be counted as owed (R17).
    const rejected = event.topic === 'return.rejected';
    const uncredited = rejected || creditedByHand;
    const withinHours = uncredited ? null : this.rules.creditWithinHours;
    if (uncredited && (await store.removeHalf(key, 'goods'))) {
      const why = rejected ? 'the goods were rejected' : 'it was settled outside';
      await closeOnly(store, key, 'stock-without-credit', why, now);
    }
    const facts = { connectionId, document: null, amount: null, withinHours };
    if (!(await store.recordHalf(halfOf(event, 'goods', facts)))) return;
    await closeOnly(store, key, 'credit-without-stock', 'the goods are there', now);
    this.showExposure(store, connectionId);
  }

  private async ready(): Promise<{ store: ReturnsStore; connectionId: string }> {
    const [{ connectionId }, store] = await Promise.all([
      this.connection.connector(),
      this.connection.store(),
    ]);
    return { store, connectionId };
  }

  private showExposure(store: ReturnsStore, connectionId: string): void {
    this.rules.exposed?.(() => exposureOf(store, connectionId, realSurroundings));
  }
}
