import type { Half, NewHalf, ReturnsStore, StoredHalf } from '../../nodes/store/store';
import { NOW } from './events';

export const HALVES: readonly Half[] = ['credit', 'goods', 'stock'];

/** So many hours after the tests' beginning. */
export function hours(after: number): string {
  return new Date(Date.parse(NOW) + after * 3_600_000).toISOString();
}

export function newHalf(returnKey: string, half: Half, change: Partial<NewHalf> = {}): NewHalf {
  return {
    returnKey,
    half,
    connectionId: 'account-1',
    brand: 'acme-shoes',
    returnNumber: 'HRQ7K2MD',
    orderNumber: 'AC-50211',
    document: half === 'goods' ? null : `${half} of ${returnKey}`,
    amount: half === 'credit' ? { minor: 2500, currency: 'USD' } : null,
    at: NOW,
    dueAt: hours(24),
    ...change,
  };
}

/** Each pair of which one may be there without the other, with those that are. */
export async function unpaired(store: ReturnsStore): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const half of HALVES) {
    for (const without of HALVES) {
      const list = await store.unpairedHalves({ half, without, limit: 1000 });
      if (list.length > 0) found[`${half} without ${without}`] = keys(list);
    }
  }
  return found;
}

export function keys(list: readonly StoredHalf[]): string[] {
  return list.map(({ returnKey }) => returnKey);
}
