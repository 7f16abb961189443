import type { Surroundings } from '../runtime/retry';
import type { BrightpearlClient } from './client';
import { numberIn, objectIn, textIn } from './records';
import type { BrightpearlSettings } from './settings';

export interface OrderStatus {
  id: number;
  name: string;
  /** `SO` or `SC`. */
  type: string;
}

export interface TaxCode {
  id: number;
  code: string;
  /** Percent, in hundredths: 20 % is 2000. */
  rate: number;
}

/** Who has closed the books, and until which day; see accounting-period-lock GET. */
export interface PeriodLock {
  /** The last locked day, `YYYY-MM-DD`. */
  until: string;
  /** The member of staff who locked it: only they post before its end. */
  by: number;
}

export interface PaymentMethod {
  code: string;
  name: string;
  /** Currencies for which it has a bank account: a payment in another gets no journal (customer-payment POST). */
  banks: string[];
}

/**
 * What changes rarely in an account: tax codes, order statuses, payment methods, locations, and the lock of the
 * accounting period. Each list is read whole, once in its time.
 */
export class BrightpearlDirectory {
  private readonly kept = new Map<string, { readAt: number; value: Promise<unknown> }>();

  constructor(
    private readonly client: BrightpearlClient,
    private readonly settings: Pick<BrightpearlSettings, 'masterMinutes' | 'lockMinutes'>,
    private readonly surroundings: Pick<Surroundings, 'elapsed'>,
  ) {}

  /** Tax codes by their code: an exact match is needed (R54). */
  taxCodes(): Promise<Map<string, TaxCode>> {
    return this.keep('tax codes', this.settings.masterMinutes, async () => {
      const rows = await this.client.list(() => '/accounting-service/tax-code');
      const codes = rows.map((row): TaxCode => ({
        id: numberIn(row, 'id'),
        code: textIn(row, 'code'),
        // A rate of nothing is left out of the answer.
        rate: Math.round(Number(row['rate'] ?? 0) * 100),
      }));
      return new Map(codes.map((tax) => [tax.code, tax]));
    });
  }

  /** Order statuses by their number. */
  statuses(): Promise<Map<number, OrderStatus>> {
    return this.keep('statuses', this.settings.masterMinutes, async () => {
      const rows = await this.client.list(() => '/order-service/order-status');
      const statuses = rows.map((row): OrderStatus => ({
        id: numberIn(row, 'statusId'),
        name: textIn(row, 'name'),
        type: textIn(row, 'orderTypeCode'),
      }));
      return new Map(statuses.map((status) => [status.id, status]));
    });
  }

  /** Payment methods by their code. */
  paymentMethods(): Promise<Map<string, PaymentMethod>> {
    return this.keep('payment methods', this.settings.masterMinutes, async () => {
      const rows = await this.client.list(() => '/accounting-service/payment-method');
      const methods = rows.map((row): PaymentMethod => {
        const accounts = Array.isArray(row['bankAccounts']) ? (row['bankAccounts'] as unknown[]) : [];
        return {
          code: textIn(row, 'code'),
          name: textIn(row, 'name'),
          banks: accounts.map((account) => textIn(account as Record<string, unknown>, 'currencyIsoCode')),
        };
      });
      return new Map(methods.map((method) => [method.code, method]));
    });
  }

  /** Warehouses by their number. */
  warehouses(): Promise<Map<number, string>> {
    return this.keep('warehouses', this.settings.masterMinutes, async () => {
      const rows = await this.client.list(() => '/warehouse-service/warehouse');
      return new Map(rows.map((row) => [numberIn(row, 'id'), textIn(row, 'name')]));
    });
  }

  /** The location of a warehouse where goods are kept apart, or where they are sold from; null where it has none. */
  location(warehouseId: number, kind: 'default' | 'quarantine'): Promise<number | null> {
    return this.keep(`location ${warehouseId} ${kind}`, this.settings.masterMinutes, async () => {
      const path = `/warehouse-service/warehouse/${warehouseId}/location/${kind}`;
      const answer = await this.client.read(() => path);
      const id = Number(
        typeof answer === 'object' && answer !== null ? objectIn({ answer }, 'answer')['id'] : answer,
      );
      return Number.isSafeInteger(id) && id > 0 ? id : null;
    });
  }

  /** The lock of the accounting period; null where there is none. */
  periodLock(): Promise<PeriodLock | null> {
    return this.keep('period lock', this.settings.lockMinutes, async () => {
      const answer = await this.client.read(() => '/accounting-service/accounting-period-lock');
      if (typeof answer !== 'object' || answer === null) return null;
      const raw = answer as Record<string, unknown>;
      const until = /^\d{4}-\d{2}-\d{2}/.exec(textIn(raw, 'lockedUntil'))?.[0];
      return until === undefined ? null : { until, by: numberIn(raw, 'lockedBy') };
    });
  }

  /** What was read is out of date, because Brightpearl refused what rests on it (R44). */
  forget(): void {
    this.kept.clear();
  }

  private keep<T>(name: string, minutes: number, read: () => Promise<T>): Promise<T> {
    const now = this.surroundings.elapsed();
    const known = this.kept.get(name);
    if (known && now - known.readAt < minutes * 60_000) return known.value as Promise<T>;
    const value = read();
    this.kept.set(name, { readAt: now, value });
    // What could not be read is asked for again.
    value.catch(() => {
      if (this.kept.get(name)?.value === value) this.kept.delete(name);
    });
    return value;
  }
}
