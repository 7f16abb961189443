import { closeSync, existsSync, openSync, readFileSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { endianness } from 'node:os';
import type { SeededRandom } from '../../nodes/sandbox/world';

/**
 * What a power cut does to the files of a SQLite store, done by hand: what was written and not yet synced is cut off,
 * overwritten or left half-written. For that it must be known what was synced.
 *
 * With `synchronous = FULL` SQLite's index of the log (`-shm`) tells it. `walFrames` in SQLite's `wal.c` writes all
 * frames of a transaction, syncs the log, and only then writes the index header with the new `mxFrame`; where the sync
 * fails the header stays as it was. So every frame up to `mxFrame` is on the disk, and any behind it may be missing.
 * Layout: `wal.c`, "WRITE-AHEAD LOG (WAL) FILE FORMAT" and `struct WalIndexHdr`; sqlite.org/walformat.html.
 *
 * The cut is exact to the byte, since SQLite counts on disks that do not harm the bytes beside those they write
 * (sqlite.org/psow.html).
 */

const LOG_HEADER = 32;
const FRAME_HEADER = 24;
const INDEX_VERSION = 3_007_000;
/** The index begins with two copies of its header; the figures of the checkpoint follow them. */
const INDEX_HEADER = 48;
const SECTOR = 512;

/** What of a store's files was surely on the disk when its process ended. */
export interface Synced {
  /** The log up to this byte; all behind it may be missing or torn. */
  end: number;
  /** Frames of the log's present use reach to this byte: between the two lies what was written and not synced. */
  written: number;
  /** The last transaction counts as not yet synced: the power went just before. */
  beforeLast: boolean;
  /** The log up to this byte is in the database as well. */
  copied: number;
  /** Pages that a checkpoint may just have been writing into the database, which the log still has. */
  pages: readonly number[];
  pageSize: number;
}

export interface Damage {
  torn: boolean;
  /** What was done, for people. */
  words: string;
}

interface SyncedOptions {
  /** The end of the log where there is no index, because its rebuilding had just begun. */
  known?: number;
  /**
   * Take the moment just before the sync of the last transaction instead of the last moment of the process, if no
   * checkpoint has come in between. All of that transaction is then in the log, and nobody was told of it yet: what it
   * stored must not be counted as acknowledged.
   */
  beforeLast?: boolean;
}

interface IndexHeader {
  salts: Buffer;
  /** Number of the last frame that was committed and synced. */
  frames: number;
  /** Frames that are in the database, synced. */
  copied: number;
  /** Frames that a checkpoint set out to copy. */
  attempted: number;
}

/** Reads from the index what was synced: after the process has ended and before anybody opens the store. */
export function syncedPart(file: string, options: SyncedOptions = {}): Synced {
  const log = readOrEmpty(`${file}-wal`);
  const index = indexHeader(readOrEmpty(`${file}-shm`));
  const upTo = (end: number): Synced => {
    return { end, written: end, beforeLast: false, copied: 0, pages: [], pageSize: 0 };
  };
  if (!index) return upTo(Math.min(options.known ?? 0, log.length));
  // A log that is emptied gets new salts in the index first. Until its own header follows, its frames are whole and
  // count: a part of them, replayed over the database that has them all, would set it back in places.
  if (log.length < LOG_HEADER || !index.salts.equals(log.subarray(16, 24))) return upTo(log.length);
  const pageSize = log.readUInt32BE(8);
  const frameSize = FRAME_HEADER + pageSize;
  const place = (frame: number): number => LOG_HEADER + frame * frameSize;
  let written = index.frames;
  while (place(written + 1) <= log.length && hasSalts(log, place(written), index.salts)) written += 1;
  // The header is synced before the first frame is written; without a frame it may not be yet.
  if (index.frames === 0) return { ...upTo(0), written: place(written) };
  let frames = index.frames;
  if (options.beforeLast) {
    do frames -= 1;
    while (frames > 0 && log.readUInt32BE(place(frames - 1) + 4) === 0);
    if (frames < index.attempted) frames = index.frames;
  }
  const pages = new Set<number>();
  for (let at = index.copied; at < index.attempted; at += 1) pages.add(log.readUInt32BE(place(at)));
  return {
    end: place(frames),
    written: place(written),
    beforeLast: frames < index.frames,
    copied: place(index.copied),
    pages: [...pages],
    pageSize,
  };
}

function hasSalts(log: Buffer, frame: number, salts: Buffer): boolean {
  return salts.equals(log.subarray(frame + 8, frame + 16));
}

/**
 * Damages what was not synced, in one of the ways that a power cut does, and tells which. The index goes always:
 * nobody ever syncs it. Pages that a checkpoint was writing are torn as well.
 */
export function tear(file: string, synced: Synced, random: SeededRandom): Damage {
  rmSync(`${file}-shm`, { force: true });
  const size = readOrEmpty(`${file}-wal`).length;
  const unsynced = synced.written > synced.end;
  const way = size > synced.end && (unsynced || random.next() < 0.3) ? random.pick(WAYS) : leaveHalfWritten;
  const words = way(`${file}-wal`, synced, size, random);
  return {
    torn: true,
    words: synced.pages.length > 0 ? `${words}, ${tearPages(file, synced, random)}` : words,
  };
}

/** Cuts off what *was* synced, which no disk may do: the proof that a loss would be seen. */
export function cutSynced(file: string, synced: Synced, random: SeededRandom): Damage {
  rmSync(`${file}-shm`, { force: true });
  if (synced.end === synced.copied) return { torn: false, words: 'nothing to cut: all is in the database' };
  const at = random.between(synced.copied, synced.end - 1);
  truncateSync(`${file}-wal`, at);
  return { torn: true, words: `synced part cut at ${at} of ${synced.end}` };
}

type Way = (log: string, synced: Synced, size: number, random: SeededRandom) => string;

const truncate: Way = (log, synced, size, random) => {
  const at = placeBehind(synced, size, random);
  truncateSync(log, at);
  return `truncated ${within(synced, at)}`;
};

/** Later parts may stay: a disk writes in any order, so a commit can be there while pages before it are not. */
const overwrite: Way = (log, synced, size, random) => {
  const from = placeBehind(synced, size, random);
  const longest = random.pick([8, SECTOR, 8 * SECTOR, 256 * SECTOR]);
  const length = random.between(1, Math.min(longest, size - from));
  const zeros = random.next() < 0.3;
  writeAt(log, from, zeros ? Buffer.alloc(length) : randomBytes(length, random));
  return `overwrote ${length} bytes ${within(synced, from)}`;
};

/** Mostly in what was written and not synced; else in what is left of the log's use before. */
function placeBehind({ end, written }: Synced, size: number, random: SeededRandom): number {
  return random.between(end, (written > end && random.next() < 0.8 ? written : size) - 1);
}

function within({ end, written }: Synced, at: number): string {
  return at < written
    ? `at ${at - end} of ${written - end} unsynced bytes`
    : 'in what an earlier use has left';
}

/** A transaction that looks real, with the salts of this log and a commit mark, but checksums of another place. */
const leaveHalfWritten: Way = (log, synced, size, random) => {
  const bytes = readOrEmpty(log);
  const frame = FRAME_HEADER + (synced.pageSize || 4096);
  const count = Math.floor((size - LOG_HEADER) / frame);
  if (count < 1) {
    const noise = randomBytes(random.between(1, 2 * frame), random);
    writeAt(log, synced.end, noise);
    return `wrote ${noise.length} random bytes at the end`;
  }
  const copies = Array.from({ length: random.between(1, 12) }, () => {
    const start = LOG_HEADER + random.between(0, count - 1) * frame;
    const copy = Buffer.from(bytes.subarray(start, start + frame));
    bytes.copy(copy, 8, 16, 24);
    return copy;
  });
  const last = copies.at(-1);
  if (last && last.readUInt32BE(4) === 0) last.writeUInt32BE(1000, 4);
  const written = Buffer.concat(copies);
  const length = random.between(1, written.length);
  writeAt(log, synced.end, written.subarray(0, length));
  truncateSync(log, synced.end + length);
  return `left ${length} of ${written.length} bytes of a transaction`;
};

const WAYS = [truncate, overwrite, leaveHalfWritten] as const;

function tearPages(file: string, { pages, pageSize }: Synced, random: SeededRandom): string {
  const torn = pages.filter(() => random.next() < 0.5);
  for (const page of torn) {
    const sector = random.between(0, pageSize / SECTOR - 1);
    const length = random.between(1, pageSize / SECTOR - sector) * SECTOR;
    writeAt(file, (page - 1) * pageSize + sector * SECTOR, randomBytes(length, random));
  }
  return `tore ${torn.length} of ${pages.length} pages of a checkpoint`;
}

/** The last header that was written in whole, or undefined. The second copy is written first. */
function indexHeader(index: Buffer): IndexHeader | undefined {
  const copies = [index.subarray(INDEX_HEADER, 2 * INDEX_HEADER), index.subarray(0, INDEX_HEADER)];
  const header = copies.find((copy) => copy.length === INDEX_HEADER && copy[12] === 1 && isWhole(copy));
  if (!header) return undefined;
  if (u32(header, 0) !== INDEX_VERSION) throw new Error(`Unknown version of the index: ${u32(header, 0)}`);
  return {
    salts: header.subarray(32, 40),
    frames: u32(header, 16),
    copied: u32(index, 96),
    attempted: u32(index, 128),
  };
}

function isWhole(header: Buffer): boolean {
  let first = 0;
  let second = 0;
  for (let at = 0; at < 40; at += 8) {
    first = (first + u32(header, at) + second) >>> 0;
    second = (second + u32(header, at + 4) + first) >>> 0;
  }
  return first === u32(header, 40) && second === u32(header, 44);
}

/** The index is shared memory, so its numbers are in the byte order of the machine. */
function u32(bytes: Buffer, at: number): number {
  return endianness() === 'LE' ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
}

function readOrEmpty(file: string): Buffer {
  return existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
}

function writeAt(file: string, at: number, bytes: Buffer): void {
  const handle = openSync(file, existsSync(file) ? 'r+' : 'w', 0o600);
  writeSync(handle, bytes, 0, bytes.length, at);
  closeSync(handle);
}

function randomBytes(length: number, random: SeededRandom): Buffer {
  return Buffer.from(Array.from({ length }, () => random.between(0, 255)));
}
