import type { Surroundings } from '../../runtime/retry';
import type { ReturnsStore } from '../../store/store';
import type { D365Settings } from '../settings';
import type { BcCalls } from './client';
import type { PublishedServices } from './published';

/** What documents of Business Central are made with. */
export interface BcParts {
  client: BcCalls;
  /** What a partner has published besides the API. */
  services: PublishedServices;
  settings: D365Settings;
  connectionId: string;
  store: ReturnsStore;
  surroundings: Surroundings;
  /** When the doubt about a document began, in milliseconds of `surroundings.elapsed`. */
  doubts: Map<string, number>;
}
