import { currencyDecimals } from '../../returns/money';
import type { World } from '../world';
import { ENTITIES } from './entities';
import { guidOf, Table, text, type Change, type Journal, type Row } from './records';
import type { BusinessCentralDials, BusinessCentralSimulatorOptions } from './simulator-types';

/** What the application's code needs besides the data. */
export interface Surroundings {
  options: BusinessCentralSimulatorOptions;
  dials: BusinessCentralDials;
  now: () => number;
  /** A row has changed for good. */
  announce: (books: Books, set: string, id: string, change: Change) => void;
}

/** The data of one company. */
export class Books {
  readonly id: string;
  /** Base units by item and location code, joined by a bar. */
  readonly stock = new Map<string, number>();
  private readonly tables = new Map<string, Table>();
  private readonly numbers = new Map<string, number>();

  constructor(
    readonly name: string,
    readonly journal: Journal,
    readonly around: Surroundings,
  ) {
    const scope = `${around.options.seed ?? 1}|${name}`;
    this.id = guidOf(`${scope}|company`);
    for (const entity of ENTITIES) {
      const announce = (id: string, change: Change): void => around.announce(this, entity.set, id, change);
      this.tables.set(entity.set, new Table(entity, scope, journal, around.now, announce));
    }
  }

  get world(): World {
    return this.around.options.world;
  }

  table(set: string): Table {
    const table = this.tables.get(set);
    if (!table) throw new Error(`The simulator has no entity set ${set}`);
    return table;
  }

  /** The row with a code or number, whatever the case. */
  find(set: string, field: 'code' | 'number', value: string): Row | undefined {
    return value === '' ? undefined : this.table(set).by(field, value)[0];
  }

  /** The next number of a series. */
  nextNumber(series: string, from: number): number {
    const number = this.numbers.get(series) ?? from;
    this.numbers.set(series, number + 1);
    this.journal.wrote(() => this.numbers.set(series, number));
    return number;
  }

  /** Moves base units of an item; stock may fall below zero, as in the product. */
  move(item: string, location: string, units: number): void {
    const place = `${item}|${location}`;
    const before = this.stock.get(place) ?? 0;
    this.stock.set(place, tidy(before + units));
    this.journal.wrote(() => this.stock.set(place, before));
  }

  onHand(item: string): number {
    let units = 0;
    for (const location of this.table('locations').all()) {
      units += this.stock.get(`${item}|${text(location, 'code')}`) ?? 0;
    }
    return tidy(units + (this.stock.get(`${item}|`) ?? 0));
  }

  /** Posting commits: what comes after it in a transaction cannot take it back (B2, inferred). */
  commitPosting(): void {
    if (this.around.options.postingCommits ?? true) this.journal.commit();
  }

  /** Today in the company, `YYYY-MM-DD`. */
  today(): string {
    return new Date(this.around.now()).toISOString().slice(0, 10);
  }

  /** An amount in minor units as the API sends it. */
  decimal(minor: number): number {
    const factor = 10 ** this.decimals;
    return Math.round(minor) / factor;
  }

  /** An amount of the API in whole minor units, rounded half away from zero. */
  minor(decimal: number): number {
    const scaled = Math.abs(decimal) * 10 ** this.decimals;
    return Math.sign(decimal) * Math.round(Number(scaled.toFixed(6)));
  }

  /** Every currency of the simulator has as many decimals as the local one: the exchange rate is 1. */
  private get decimals(): number {
    return currencyDecimals(this.world.currency);
  }
}

/** Quantities have five decimals. */
export function tidy(quantity: number): number {
  return Math.round(quantity * 100_000) / 100_000;
}
