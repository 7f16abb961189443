import type { MappingTableName } from '../returns/mapping-tables';
import type { MappingContent } from '../returns/mappings';
import type { Sightings } from '../returns/mapping-coverage';

/** Rows of Return Mappings that held from some time on. */
export interface MappingVersion {
  /** The mappings node. */
  node: string;
  version: string;
  firstAt: string;
  content: MappingContent;
}

export interface NewSighting {
  table: MappingTableName;
  keys: Readonly<Record<string, string>>;
  brand: string;
  times: number;
  firstAt: string;
  lastAt: string;
}

/** The part of the store that remembers which mappings held, and which codes came in. */
export interface MappingsStore {
  /** Remembers the rows of a version when it is first used; says whether it was new. */
  recordMappingVersion(version: MappingVersion): Promise<boolean>;
  /** What a version said: the newest of a node, or one by its hash; null where it is unknown. */
  mappingVersion(node: string, version?: string): Promise<MappingVersion | null>;
  /** The versions of a node without their rows, newest first. */
  mappingVersions(node: string, limit: number): Promise<Omit<MappingVersion, 'content'>[]>;
  /**
   * Adds to what was seen. A table of a node knows at most `most` different codes one by one; what comes beyond is counted
   * together, so that an error upstream cannot fill the store.
   */
  recordSightings(node: string, sightings: readonly NewSighting[], most: number): Promise<void>;
  sightings(node: string): Promise<Sightings>;
  /** Forgets what was seen, so that coverage begins anew. */
  forgetSightings(node: string): Promise<number>;
}
