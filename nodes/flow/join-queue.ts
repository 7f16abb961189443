import type { JoinResult, NewMember } from '../store/batch';
import type { ReturnsStore } from '../store/store';

interface Waiting {
  member: NewMember;
  resolve: (result: JoinResult) => void;
  reject: (reason: unknown) => void;
}

/** How many join in one transaction. */
const TOGETHER = 200;
/** After so many failures the store is taken to be down. */
const MOST_FAILURES = 2;

/**
 * Lets returns join their batches one transaction after another, and those that come meanwhile together: joins of one
 * node wait for each other in the store in any case, and each transaction waits for the disk.
 */
export class JoinQueue {
  private queue: Waiting[] = [];
  private running = false;

  constructor(
    private readonly store: Pick<ReturnsStore, 'joinBatches'>,
    private readonly now: () => string,
  ) {}

  join(member: NewMember): Promise<JoinResult> {
    return new Promise((resolve, reject) => {
      this.queue.push({ member, resolve, reject });
      this.run();
    });
  }

  private run(): void {
    if (this.running || this.queue.length === 0) return;
    this.running = true;
    void this.next().finally(() => {
      this.running = false;
      this.run();
    });
  }

  private async next(): Promise<void> {
    const group = this.queue.splice(0, TOGETHER);
    try {
      await this.joinTogether(group);
    } catch (thrown) {
      await this.joinApart(group, thrown);
    }
  }

  /** One that cannot be stored must not sink the others; a store that is down is not asked for each of them. */
  private async joinApart(group: readonly Waiting[], why: unknown): Promise<void> {
    let failures = group.length === 1 ? MOST_FAILURES : 0;
    for (const one of group) {
      if (failures >= MOST_FAILURES) {
        one.reject(why);
        continue;
      }
      await this.joinTogether([one]).catch((thrown: unknown) => {
        failures += 1;
        one.reject(thrown);
      });
    }
  }

  private async joinTogether(group: readonly Waiting[]): Promise<void> {
    const results = await this.store.joinBatches(
      group.map(({ member }) => member),
      this.now(),
    );
    group.forEach(({ resolve, reject }, index) => {
      const result = results[index];
      if (result) resolve(result);
      else reject(new Error('The store did not tell whether the return joined'));
    });
  }
}
