import type { Client } from 'pg';

export interface PresenceOptions {
  owner: string;
  /** Channel of the wake-ups. */
  channel: string;
  /** After so long without a sign of life an instance counts as ended; in milliseconds. */
  leaseMs: number;
  connect: () => Client;
  /** Called with each sign of life, on its connection. */
  onBeat: (client: Client) => Promise<void>;
  /** A source has something; null where it is not known which. */
  onWake: (source: string | null) => void;
}

/**
 * Tells the others that this instance lives, and hears from them: a connection of its own that beats, listens, and
 * comes back when it was lost. The time is the database's, so that the clocks of the instances do not matter.
 */
export class PostgresPresence {
  private client: Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private aliveUntil = 0;
  private closed = false;
  private beating: Promise<void> = Promise.resolve();

  constructor(private readonly options: PresenceOptions) {}

  /** Rejects where the first beat fails; later ones are tried until they succeed. */
  async start(): Promise<void> {
    await this.connect();
    await this.beat();
    this.plan();
  }

  /** A margin is kept: what is sent now must arrive before others may think that we have ended. */
  get alive(): boolean {
    return performance.now() < this.aliveUntil;
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.beating;
    this.aliveUntil = 0;
    try {
      await this.client?.query('DELETE FROM instances WHERE owner = $1', [this.options.owner]);
    } catch {
      // The lease runs out by itself.
    }
    await this.disconnect();
  }

  private plan(): void {
    if (this.closed) return;
    this.timer = setTimeout(() => {
      this.beating = this.keepAlive().finally(() => this.plan());
    }, this.options.leaseMs / 3);
  }

  private async keepAlive(): Promise<void> {
    try {
      if (!this.client) {
        await this.connect();
        // What others said meanwhile was not heard.
        this.options.onWake(null);
      }
      await this.beat();
    } catch {
      await this.disconnect();
    }
  }

  private async beat(): Promise<void> {
    const { owner, leaseMs, onBeat } = this.options;
    const began = performance.now();
    await this.client?.query(
      `INSERT INTO instances (owner, expires_at) VALUES ($1, clock_timestamp() + $2 * interval '1 ms')
       ON CONFLICT (owner) DO UPDATE SET expires_at = excluded.expires_at`,
      [owner, leaseMs],
    );
    this.aliveUntil = began + leaseMs * 0.8;
    if (this.client) await onBeat(this.client);
  }

  private async connect(): Promise<void> {
    const client = this.options.connect();
    // A lost connection is noticed here, and made anew with the next beat.
    client.on('error', () => void this.disconnect());
    client.on('notification', ({ payload }) => this.options.onWake(payload ?? null));
    await client.connect();
    this.client = client;
    await client.query(`LISTEN ${this.options.channel}`);
  }

  private async disconnect(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    try {
      await client?.end();
    } catch {
      // It was broken already.
    }
  }
}
