import { BRIGHTPEARL_IDS } from '../brightpearl-flow';
import type { ErpState, ErpWish, Tally } from './erp-process';
import { CLIENT_SECRET } from './payload';
import { IDS, liveBrightpearl, liveExample, type BrightpearlValues, type FlowNode } from './flows';
import { Helper, HELPER_CORE } from './helper';
import type { LoadResult } from './load-process';
import { BenchRed, RECEIVES, type RedOptions } from './red';
import {
  askNumber,
  storeIn,
  storeNode,
  UNSETTLED,
  type PostgresTarget,
  type StoreTarget,
} from './store-target';

const CONNECTIONS = 32;

export interface RunWish {
  orders: number;
  concurrency: number;
  store?: PostgresTarget;
  /** The nightly batch takes the place of example 1, with so many returns in a batch. */
  batchOf?: number;
  /** The flow to Brightpearl, without its throttle, takes the place of example 1. */
  brightpearl?: BrightpearlValues;
  /** Every so many-th return has an item that the ERP does not know, and is parked. */
  failEvery?: number;
}

/** Example 1 in a real Node-RED, with the ERP and the sender of webhooks in processes of their own. */
export class ExampleRun {
  private constructor(
    readonly red: BenchRed,
    readonly erp: Helper,
    readonly load: Helper,
    readonly store: StoreTarget,
  ) {}

  static async start(wish: RunWish, options: Partial<RedOptions> = {}): Promise<ExampleRun> {
    const erp = Helper.start('erp-process', HELPER_CORE);
    const load = Helper.start('load-process', HELPER_CORE);
    try {
      const simulate: ErpWish = { orders: wish.orders, latencyMs: 0 };
      if (wish.brightpearl) simulate.erp = 'brightpearl';
      const url = await erp.ask<string>('simulate', simulate);
      const { orders, failEvery } = wish;
      await load.ask('prepareStories', { orders, ...(failEvery === undefined ? {} : { failEvery }) });
      const flows = flowsOf(url, wish);
      const red = await BenchRed.start({ flows, ready: RECEIVES, ...options });
      return new ExampleRun(red, erp, load, wish.store ?? storeIn(red.userDir));
    } catch (thrown) {
      await Promise.all([erp.stop(), load.stop()]);
      throw thrown;
    }
  }

  /** Sends one webhook of each return of a range; each must be answered with 200. */
  async send(from: number, to: number, step: number): Promise<LoadResult> {
    const range = { port: this.red.port, connections: CONNECTIONS, from, to, step };
    const sent = await this.load.ask<LoadResult>('sendStories', range);
    if (sent.statuses['200'] !== to - from) throw new Error(`Answered: ${JSON.stringify(sent.statuses)}`);
    return sent;
  }

  /** Waits until no delivery is open, emitted or waiting. */
  async settled(limitMs: number): Promise<void> {
    const deadline = Date.now() + limitMs;
    while ((await askNumber(this.store, UNSETTLED)) > 0) {
      if (Date.now() > deadline) {
        const open = await askNumber(this.store, UNSETTLED);
        throw new Error(
          `${open} deliveries unsettled after ${limitMs} ms\n${this.red.process.log.slice(-3000)}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Calls that the ERP has got since the last question. */
  tally(): Promise<Tally> {
    return this.erp.ask<Tally>('tally');
  }

  state(): Promise<ErpState> {
    return this.erp.ask<ErpState>('state');
  }

  async end(): Promise<void> {
    await Promise.all([this.red.end(), this.erp.stop(), this.load.stop()]);
  }
}

/** More calls a minute than can be made. */
const NO_THROTTLE = 100_000;

function flowsOf(url: string, { concurrency, store, brightpearl, batchOf }: RunWish): FlowNode[] {
  if (batchOf !== undefined) return liveExample(url, CLIENT_SECRET, { concurrency, batchOf });
  if (!brightpearl) {
    return liveExample(url, CLIENT_SECRET, { concurrency, store: storeNode(IDS.store, store) });
  }
  const account = { callsPerMinute: NO_THROTTLE, concurrency, ...brightpearl.account };
  return liveBrightpearl(url, { ...brightpearl, account }, storeNode(BRIGHTPEARL_IDS.store, store));
}
