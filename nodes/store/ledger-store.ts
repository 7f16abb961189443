import { randomUUID } from 'node:crypto';
import { LedgerError } from '../returns/failure';
import * as closing from './batch-closing';
import * as reading from './batch-reading';
import { settleDelivery } from './batch-settling';
import * as batches from './batches';
import * as deliveries from './deliveries';
import * as divisions from './divisions';
import * as alerts from './exception-alerts';
import { exceptionDesk } from './exception-desk';
import * as exceptions from './exceptions';
import { resumeExceptions } from './exceptions-resume';
import { reownExceptions } from './exceptions-reown';
import { upgradeExceptions } from './exceptions-upgrade';
import * as gateReading from './gate-reading';
import * as gates from './gates';
import * as halves from './halves';
import * as intake from './intake';
import * as intents from './intents';
import * as mappings from './mappings';
import * as master from './master-data';
import * as people from './people';
import * as returns from './returns';
import { migrate } from './schema';
import type { SqlDatabase } from './sql';
import type { AnyDelivery, Intake, IntentState, NewIntent, ReturnsStore } from './store';
import { prune } from './upkeep';

export interface LedgerStoreOptions {
  /** Names this opening; what another one left belongs to a process that has ended, or to another instance. */
  owner?: string | undefined;
  /** Bytes from which on nothing new is accepted. What is under way can still be finished. */
  maxBytes?: number | undefined;
}

/** The store over any database: each method is one transaction. Brings the schema up to date first. */
export async function openLedgerStore(
  database: SqlDatabase,
  options: LedgerStoreOptions = {},
): Promise<ReturnsStore> {
  const { owner = randomUUID(), maxBytes } = options;
  await migrate(database);
  await upgradeExceptions(database);
  const personToken = await people.personTokens(database);
  const read: SqlDatabase['read'] = (work) => database.read(work);
  const write: SqlDatabase['write'] = (work) => database.write(work);
  const claims = new IntentClaims(database, owner);
  const accept = async (request: Intake): ReturnType<ReturnsStore['accept']> => {
    if (maxBytes !== undefined && database.usedBytes() > maxBytes) throw overLimit(maxBytes);
    return write((sql) => intake.accept(sql, database, request));
  };
  return {
    driver: database.driver,
    owner,

    accept,
    receipt: (id) => read((sql) => intake.findReceipt(sql, id)),

    takeAnyDeliveries: async (source, limits, now) => {
      const taken = await write((sql) =>
        deliveries.takeAnyDeliveries(sql, database, source, limits, owner, now),
      );
      const whole: AnyDelivery[] = [];
      for (const delivery of taken) whole.push(await reading.withMembers(database, delivery));
      return whole;
    },
    takeDeliveries: (source, limits, now) =>
      write((sql) => deliveries.takeDeliveries(sql, database, source, limits, owner, now)),
    settleDelivery: (id, now) => write((sql) => settleDelivery(sql, database, id, now)),
    postponeDelivery: (id, wait, now) => write((sql) => deliveries.postponeDelivery(sql, id, wait, now)),
    hastenDeliveries: (waitsOn, now) => write((sql) => deliveries.hastenDeliveries(sql, waitsOn, now)),
    nextDue: (source) => read((sql) => deliveries.nextDue(sql, source)),
    releaseDeliveries: (source, keep = new Set()) =>
      write((sql) => deliveries.releaseDeliveries(sql, database, source, owner, keep)),
    countDeliveries: (source) => read((sql) => deliveries.countDeliveries(sql, source)),
    onWake: (listener) => database.onWake(listener),

    returnState: (key) => read((sql) => returns.returnState(sql, key)),
    latestEvent: (key) => read((sql) => returns.latestEvent(sql, key)),
    returnsById: (platform, brand, id) => read((sql) => returns.returnsById(sql, platform, brand, id)),
    listReturns: (filter) => read((sql) => returns.listReturns(sql, filter)),

    beginIntent: (intent, now) => claims.begin(intent, now),
    recordIntentStep: (id, step, data, now) =>
      write((sql) => intents.recordIntentStep(sql, id, step, data, now)),
    completeIntent: (id, document, now) =>
      claims.end(id, () => write((sql) => intents.completeIntent(sql, id, document, now))),
    releaseIntent: (id, outcome, now) =>
      claims.end(id, () => write((sql) => intents.releaseIntent(sql, id, outcome, now))),
    documentsOf: (key) => read((sql) => intents.documentsOf(sql, key)),
    deferredDocuments: (filter) => read((sql) => intents.deferredDocuments(sql, filter)),
    exclusive: (name, work, signal) => database.exclusive(name, work, signal),
    assertAlive: () => {
      if (!database.isAlive()) throw leaseLost();
    },

    recordHalf: (half) => write((sql) => halves.recordHalf(sql, half)),
    removeHalf: (key, half) => write((sql) => halves.removeHalf(sql, key, half)),
    halvesOf: (key) => read((sql) => halves.halvesOf(sql, key)),
    unpairedHalves: (filter) => read((sql) => halves.unpairedHalves(sql, filter)),
    markHalvesTold: (half, keys, now) => write((sql) => halves.markHalvesTold(sql, half, keys, now)),
    sumUnpaired: (half, without, bands, connection) =>
      read((sql) => halves.sumUnpaired(sql, half, without, bands, connection)),
    rejectedCredits: (filter) => read((sql) => halves.rejectedCredits(sql, filter)),
    sumRejectedCredits: (connection) => read((sql) => halves.sumRejectedCredits(sql, connection)),
    halvesNamed: (half, names) => read((sql) => halves.halvesNamed(sql, half, names)),

    joinBatches: (members, now) => write((sql) => batches.joinBatches(sql, members, now)),
    pendingBatches: (node) => read((sql) => batches.pendingBatches(sql, node)),
    setBatchDue: (id, dueAt) => write((sql) => batches.setBatchDue(sql, id, dueAt)),
    sealBatches: (ids, why) => write((sql) => batches.sealBatches(sql, ids, why)),
    membersToCheck: (id, after, limit) => read((sql) => closing.membersToCheck(sql, id, after, limit)),
    expelMembers: (id, expulsions, how, now) =>
      write((sql) => closing.expelMembers(sql, database, id, expulsions, how, now)),
    closeBatch: (id, how, now) => write((sql) => closing.closeBatch(sql, database, id, how, now)),
    endEmptyBatch: (id, now) => write((sql) => closing.endEmptyBatch(sql, id, now)),
    releaseMembers: (id, limit, now) => write((sql) => closing.releaseMembers(sql, database, id, limit, now)),
    countLeft: (id) => read((sql) => closing.countLeft(sql, id)),
    refuseMembers: (id, refusals, how, now) =>
      write((sql) => closing.refuseMembers(sql, database, id, refusals, how, now)),
    batch: (id) => read((sql) => batches.findBatch(sql, id)),
    listBatches: (node, filter) => read((sql) => reading.listBatches(sql, node, filter)),
    batchMembers: (id, page) => read((sql) => reading.batchMembers(sql, id, page)),
    memberEvents: (id, page) => read((sql) => reading.memberEvents(sql, id, page)),
    batchesOfReturn: (key) => read((sql) => reading.batchesOfReturn(sql, key)),
    deferredMembers: (node, filter) => read((sql) => reading.deferredMembers(sql, node, filter)),

    partsOf: (key) => read((sql) => divisions.partsOf(sql, key)),
    divide: (division, now) => write((sql) => divisions.divide(sql, database, division, now)),

    arriveAtGate: (arrival, now) => write((sql) => gates.arriveAtGate(sql, database, arrival, now)),
    gateReturnsToReview: (node, settings, now, limit) =>
      read((sql) => gateReading.gateReturnsToReview(sql, node, settings, now, limit)),
    reviewAtGate: (node, returnKey, rules, now) =>
      write((sql) => gates.reviewAtGate(sql, database, { node, returnKey, rules }, now)),
    gateCounts: (node) => read((sql) => gateReading.gateCounts(sql, node)),
    gateReturns: (node, filter) => read((sql) => gateReading.gateReturns(sql, node, filter)),
    gateReturn: (node, key) => read((sql) => gateReading.gateReturn(sql, node, key)),
    gateReturnsNumbered: (node, number) => read((sql) => gateReading.gateReturnsNumbered(sql, node, number)),
    gateEvents: (node, key) => read((sql) => gateReading.gateEvents(sql, node, key)),

    parkException: (parked, now) => write((sql) => exceptions.parkException(sql, database, parked, now)),
    listExceptions: (filter) => read((sql) => exceptions.listExceptions(sql, filter)),
    ...exceptionDesk(database),
    takeAlerts: (router, when) => alerts.takeAlerts(database, owner, router, when),
    confirmAlert: (alert, nextAt, now) => write((sql) => alerts.confirmAlert(sql, alert, nextAt, now)),
    countExceptions: () => read((sql) => exceptions.countExceptions(sql)),
    openExceptionOf: (key) => read((sql) => exceptions.openExceptionOf(sql, key)),
    settledOutside: (key) => read((sql) => exceptions.settledOutside(sql, key)),
    parkedException: (id) => read((sql) => exceptions.parkedException(sql, id)),
    resumeExceptions: (selection, source, now, who) =>
      write((sql) => resumeExceptions(sql, database, selection, source, now, who)),
    reownExceptions: (router, ownerOf, now) => reownExceptions(database, router, ownerOf, now),
    // Most returns have none, and a look is cheaper than a transaction.
    closeExceptions: async (key, resolution, notCured, now) =>
      (await read((sql) => exceptions.anyToClose(sql, key)))
        ? write((sql) => exceptions.closeExceptions(sql, database, key, resolution, notCured, now))
        : 0,

    masterData: (connection, kind, keys) => read((sql) => master.masterData(sql, connection, kind, keys)),
    putMasterData: (connection, kind, records) =>
      write((sql) => master.putMasterData(sql, connection, kind, records)),
    forgetMasterData: (connection, kind, keys) =>
      write((sql) => master.forgetMasterData(sql, connection, kind, keys)),
    masterDataAge: (connection, kind) => read((sql) => master.masterDataAge(sql, connection, kind)),

    recordMappingVersion: (version) => write((sql) => mappings.recordMappingVersion(sql, version)),
    mappingVersion: (node, version) => read((sql) => mappings.mappingVersion(sql, node, version)),
    mappingVersions: (node, limit) => read((sql) => mappings.mappingVersions(sql, node, limit)),
    recordSightings: (node, seen, most) => write((sql) => mappings.recordSightings(sql, node, seen, most)),
    sightings: (node) => read((sql) => mappings.sightings(sql, node)),
    forgetSightings: (node) => write((sql) => mappings.forgetSightings(sql, node)),

    personToken,
    person: (token) => read((sql) => people.findPerson(sql, token)),
    erasePerson: (token) => people.erasePerson(database, token),

    prune: (before) => prune(database, before),
    backup: (file) => database.backup(file),
    size: () => ({ bytes: database.usedBytes(), limit: maxBytes ?? null }),

    close: () => database.close(),
  };
}

/**
 * Which tries of this opening are at work on an intent. A try that could not tell the store how it ended (its disk was
 * full, its connection broke) is at work no more, and the next one takes over what it left, as after a crash.
 */
class IntentClaims {
  private readonly atWork = new Set<string>();
  private readonly ofIntent = new Map<string, string>();

  constructor(
    private readonly database: SqlDatabase,
    private readonly owner: string,
  ) {}

  async begin(intent: NewIntent, now: string): Promise<IntentState> {
    const claim = randomUUID();
    this.atWork.add(claim);
    let state: IntentState | undefined;
    try {
      const claimant = { owner: this.owner, claim, isAtWork: (other: string) => this.atWork.has(other) };
      state = await this.database.write((sql) =>
        intents.beginIntent(sql, this.database, intent, claimant, now),
      );
      return state;
    } finally {
      if (state?.state === 'start' || state?.state === 'resume') this.ofIntent.set(state.intentId, claim);
      else this.atWork.delete(claim);
    }
  }

  async end(intentId: string, tell: () => Promise<void>): Promise<void> {
    try {
      await tell();
    } finally {
      this.atWork.delete(this.ofIntent.get(intentId) ?? '');
      this.ofIntent.delete(intentId);
    }
  }
}

function overLimit(limit: number): LedgerError {
  return new LedgerError({
    code: 'store-over-limit',
    class: 'transient',
    message:
      `The returns store is larger than its limit of ${Math.round(limit / 1024 / 1024)} MB, so nothing new is ` +
      'accepted until it is smaller: raise the limit, keep less, or see why the flow does not get its work done',
  });
}

function leaseLost(): LedgerError {
  return new LedgerError({
    code: 'store-lease-lost',
    class: 'transient',
    message:
      'This instance has not reached the returns store for so long that another one may have taken over its work',
  });
}
