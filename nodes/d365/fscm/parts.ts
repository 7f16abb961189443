import type { Surroundings } from '../../runtime/retry';
import type { ReturnsStore } from '../../store/store';
import type { D365Settings } from '../settings';
import type { D365Client } from './client';
import type { ImportTogether } from './data-package';
import type { NamesOf } from './names';
import type { EnvironmentFields } from './environment-fields';
import type { D365Items } from './items';
import type { D365Orders } from './orders';
import type { FscmPeriods } from './periods';
import type { PostingRoute } from './posting-route';
import type { D365Units } from './units';

/** What the documents of a connection to Finance & SCM are made with. */
export interface FscmParts {
  client: D365Client;
  orders: D365Orders;
  route: PostingRoute;
  periods: FscmPeriods;
  items: D365Items;
  units: D365Units;
  /** Fields that only this environment has. */
  fields: EnvironmentFields;
  settings: D365Settings;
  /** Throws where the environment lacks what a document needs besides. */
  ready: (of: NamesOf, signal?: AbortSignal) => Promise<void>;
  connectionId: string;
  store: ReturnsStore;
  surroundings: Surroundings;
  /** When the doubt about an intent began, in milliseconds of `surroundings.elapsed`. */
  doubts: Map<string, number>;
}

/** What registering goods asks of the client, whether for one return or together with others. */
export type ArrivalCalls = Pick<
  D365Client,
  'readTogether' | 'create' | 'createTogether' | 'patch' | 'list' | 'packageAction'
>;

/** What arrivals are registered with. */
export interface ArrivalParts extends Omit<FscmParts, 'client'> {
  client: ArrivalCalls;
  /** For work that others wait for by a lock, so that it must not wait for them. Without, the client above. */
  apart?: ArrivalCalls;
  /** Journals are imported together with those of other returns; without, each is written by itself. */
  import?: ImportTogether;
}

/** What refunding asks of the client, whether for one return or together with others. */
export type RefundCalls = Pick<
  D365Client,
  'readTogether' | 'list' | 'create' | 'createTogether' | 'packageAction'
>;

/** What refunds are booked with. */
export interface RefundParts extends Omit<FscmParts, 'client'> {
  client: RefundCalls;
  /** Journals are imported together with those of other returns; without, each is written by itself. */
  import?: ImportTogether;
}
