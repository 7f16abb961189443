import { randomUUID } from 'node:crypto';
import * as deliveries from './deliveries';
import * as exceptions from './exceptions';
import * as intake from './intake';
import * as intents from './intents';
import * as master from './master-data';
import * as people from './people';
import * as returns from './returns';
import { migrate } from './schema';
import type { SqlDatabase } from './sql';
import type { ReturnsStore } from './store';

/**
 * The store over any database: each method is one transaction. Brings the schema up to date first.
 *
 * @param owner names this opening; intents that another owner left open belong to a process that has ended
 */
export async function openLedgerStore(
  database: SqlDatabase,
  owner: string = randomUUID(),
): Promise<ReturnsStore> {
  await migrate(database);
  const personToken = await people.personTokens(database);
  const read: SqlDatabase['read'] = (work) => database.read(work);
  const write: SqlDatabase['write'] = (work) => database.write(work);
  return {
    driver: database.driver,
    owner,

    accept: (request) => write((sql) => intake.accept(sql, request)),
    receipt: (id) => read((sql) => intake.findReceipt(sql, id)),

    takeDeliveries: (source, limit, now) =>
      write((sql) => deliveries.takeDeliveries(sql, source, limit, now)),
    settleDelivery: (id, now) => write((sql) => deliveries.settleDelivery(sql, id, now)),
    releaseDeliveries: (source) => write((sql) => deliveries.releaseDeliveries(sql, source)),
    countDeliveries: (source) => read((sql) => deliveries.countDeliveries(sql, source)),

    returnState: (key) => read((sql) => returns.returnState(sql, key)),
    returnsById: (platform, brand, id) => read((sql) => returns.returnsById(sql, platform, brand, id)),
    listReturns: (filter) => read((sql) => returns.listReturns(sql, filter)),

    beginIntent: (intent, now) => write((sql) => intents.beginIntent(sql, intent, owner, now)),
    recordIntentStep: (id, step, data, now) =>
      write((sql) => intents.recordIntentStep(sql, id, step, data, now)),
    completeIntent: (id, document, now) => write((sql) => intents.completeIntent(sql, id, document, now)),
    releaseIntent: (id, outcome, now) => write((sql) => intents.releaseIntent(sql, id, outcome, now)),
    documentsOf: (key) => read((sql) => intents.documentsOf(sql, key)),

    parkException: (parked, now) => write((sql) => exceptions.parkException(sql, parked, now)),
    listExceptions: (filter) => read((sql) => exceptions.listExceptions(sql, filter)),
    countExceptions: () => read((sql) => exceptions.countExceptions(sql)),
    openExceptionOf: (key) => read((sql) => exceptions.openExceptionOf(sql, key)),
    parkedException: (id) => read((sql) => exceptions.parkedException(sql, id)),
    resumeExceptions: (selection, source, now) =>
      write((sql) => exceptions.resumeExceptions(sql, selection, source, now)),
    closeExceptions: (key, resolution, notCured, now) =>
      write((sql) => exceptions.closeExceptions(sql, key, resolution, notCured, now)),

    masterData: (connection, kind, keys) => read((sql) => master.masterData(sql, connection, kind, keys)),
    putMasterData: (connection, kind, records) =>
      write((sql) => master.putMasterData(sql, connection, kind, records)),
    forgetMasterData: (connection, kind, keys) =>
      write((sql) => master.forgetMasterData(sql, connection, kind, keys)),
    masterDataAge: (connection, kind) => read((sql) => master.masterDataAge(sql, connection, kind)),

    personToken,
    person: (token) => read((sql) => people.findPerson(sql, token)),
    erasePerson: (token) => people.erasePerson(database, token),

    close: () => database.close(),
  };
}
