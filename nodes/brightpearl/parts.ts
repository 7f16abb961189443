import type { Surroundings } from '../runtime/retry';
import type { ReturnsStore } from '../store/store';
import type { BrightpearlClient } from './client';
import type { BrightpearlDirectory } from './directory';
import type { BrightpearlProducts } from './products';
import type { BrightpearlReader } from './reader';
import type { BrightpearlSettings } from './settings';

/** What the documents of an account are made with. */
export interface BrightpearlParts {
  client: BrightpearlClient;
  reader: BrightpearlReader;
  directory: BrightpearlDirectory;
  products: BrightpearlProducts;
  settings: BrightpearlSettings;
  connectionId: string;
  store: ReturnsStore;
  surroundings: Surroundings;
}
