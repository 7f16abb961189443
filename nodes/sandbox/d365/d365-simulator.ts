import type { SimulatedRequest, SimulatedResponse } from '../simulator';
import { seededRandom } from '../world';
import { BatchService } from './batch-service';
import { EXTENSIONS, entityOf } from './entities';
import { metadataXml } from './metadata';
import { Faults, headerOf, isWrite, JSON_TYPE, UNAVAILABLE, updateConflict } from './faults';
import { ODataService } from './odata-service';
import {
  observedArrivals,
  observedCreditNotes,
  observedPaymentLines,
  observedQuarantine,
  observedRefunds,
  observedReturnOrders,
  observedSalesOrders,
  observedStock,
} from './observe';
import { createOperator } from './operator';
import { rulesFrom } from './rules';
import { writersOf } from './writers';
import { Throttle } from './throttle';
import { Numbers } from './numbers';
import { BatchJobs } from './batch-jobs';
import { BusinessEvents } from './business-events';
import { refundWithInvoice } from './call-center';
import { customService } from './custom-service';
import type { Erp } from './erp';
import { DataManagement } from './data-management';
import { RecurringQueue } from './recurring-queue';
import type { D365Simulator, D365SimulatorOptions, ObservedCall } from './simulator-types';
import { ErpData } from './erp-data';
import { TokenOffice } from './token';

export type { D365Simulator, D365SimulatorOptions } from './simulator-types';

/** Makes the simulator; see {@link D365SimulatorOptions} for what it keeps to. */
export function createD365Simulator(options: D365SimulatorOptions): D365Simulator {
  const now = options.now ?? Date.now;
  const wait = options.wait ?? ((ms) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  const random = seededRandom(options.seed ?? 1);
  const rules = rulesFrom(options);
  const data = new ErpData(options.world, options.world.company, options.otherCompany ?? 'frrt', rules);
  const faults = new Faults();
  const { dials } = faults;
  const events = new BusinessEvents(options.businessEvents, dials, random, { now, wait });
  const erp: Erp = {
    data,
    rules,
    numbers: new Numbers(),
    currency: options.world.currency,
    priceOf: (sku) => (options.world.items.find((item) => item.sku === sku)?.priceMinor ?? 0) / 100,
    now,
    invoicePosted: (invoice) => {
      refundWithInvoice(erp, invoice);
      events.raise(invoice);
    },
  };
  const jobs = new BatchJobs(erp, dials);
  const writers = writersOf(erp);
  const packages = new DataManagement(erp, writers, dials, options.publicUrl);
  const queue = new RecurringQueue(erp, packages, options.publicUrl);
  const throttle = new Throttle(options.legacyLimits ?? null, now);
  const office = new TokenOffice(
    options.tenant,
    options.clientId,
    options.clientSecret,
    options.tokenLifetimeSeconds ?? 3599,
    now,
  );
  const added = new Set(options.extensions ?? []);
  const omitted = new Set([
    ...(options.metadataOmit ?? []),
    ...EXTENSIONS.filter((name) => !added.has(name)),
  ]);
  const odata = new ODataService(data, writers, {
    omitted,
    pageSize: options.pageSize ?? 10_000,
    validationStatus: options.validationStatus ?? 400,
  });
  const batch = new BatchService(odata, faults);
  const calls: ObservedCall[] = [];
  const late = new Set<Promise<void>>();
  let total = 0;

  const handle = async (request: SimulatedRequest): Promise<SimulatedResponse> => {
    const answer = await answerTo(request);
    total += 1;
    calls.push({
      method: request.method,
      path: request.url.split('?')[0] ?? '',
      status: answer.drop ? 0 : answer.status,
      at: now(),
    });
    if (calls.length > 1000) calls.shift();
    return answer;
  };

  async function answerTo(request: SimulatedRequest): Promise<SimulatedResponse> {
    const { url } = request;
    const known = office.accepts(request.headers.authorization) && options.registeredApp !== false;
    // Data packages and recurring integrations are not throttled (A3).
    const throttles = known && !packages.claims(url) && !queue.claims(url);
    const startedAt = now();
    const limit = throttles ? throttle.begin(startedAt) : null;
    const end = packages.begin(url);
    try {
      if (dials.latencyMs > 0) await wait(dials.latencyMs);
      if (/\/oauth2\/(v2\.0\/)?token$/.test(url)) return office.issue(url, request.body.toString());
      if (faults.spend('unavailableNext')) return UNAVAILABLE;
      if (url.startsWith('/blob/')) return packages.storage(request);
      if (!serves(url)) return { status: 404 };
      if (!known) return { status: 401 };
      if (throttles && faults.spend('throttleNext')) return throttled();
      if (limit !== null) return throttled(limit);
      jobs.tick();
      data.sync();
      packages.tick();
      return answerToRegistered(request);
    } finally {
      if (throttles && limit === null) throttle.end(startedAt);
      end();
      events.send();
    }
  }

  function serves(url: string): boolean {
    const service = rules.customService !== null && url.startsWith(`${rules.customService}/`);
    return url.startsWith('/data/') || queue.claims(url) || service;
  }

  function answerToRegistered(request: SimulatedRequest): SimulatedResponse {
    if (request.url === '/data/$metadata')
      return { status: 200, headers: { 'content-type': 'application/xml' }, body: metadataXml(omitted) };
    return isWrite(request) ? write(request) : perform(request);
  }

  function throttled(message?: string): SimulatedResponse {
    const { status, headers, body } = faults.throttled(message);
    return { status, headers: { ...JSON_TYPE, ...headers }, body };
  }

  /** Decides what happens to a write, and to its answer. */
  function write(request: SimulatedRequest): SimulatedResponse {
    if (faults.spend('dropBeforeCommitNext')) return { status: 0, drop: true };
    if (request.url.startsWith('/data/') && faults.spend('updateConflictNext'))
      return { headers: JSON_TYPE, ...odata.refused(updateConflict()) };
    if (faults.spend('lateCommitNext')) {
      const work = wait(dials.lateCommitMs).then(() => {
        perform(request);
      });
      late.add(work);
      void work.finally(() => late.delete(work));
      return { status: 0, drop: true };
    }
    const answer = perform(request);
    const dropped =
      faults.spend('dropAfterCommitNext') ||
      (dials.dropAfterCommitShare > 0 && random.next() < dials.dropAfterCommitShare);
    return dropped ? { ...answer, drop: true } : answer;
  }

  function perform(request: SimulatedRequest): SimulatedResponse {
    if (packages.claims(request.url)) return packages.handle(request);
    if (queue.claims(request.url)) return queue.handle(request);
    if (!request.url.startsWith('/data/'))
      return customService(erp, request, faults.spend('serviceFaultNext'));
    const path = request.url.slice('/data/'.length);
    if (path.split('?')[0] === '$batch') return batch.handle(request);
    const ifMatch = headerOf(request, 'if-match');
    return { headers: JSON_TYPE, ...odata.operate(request.method, path, request.body.toString(), ifMatch) };
  }

  return {
    name: 'd365',
    handle,
    dials,
    observer: {
      calls: () => total,
      recent: () => calls,
      returnOrders: () => observedReturnOrders(erp),
      stock: () => observedStock(erp),
      creditNotes: () => observedCreditNotes(erp),
      refunds: () => observedRefunds(erp),
      arrivals: () => observedArrivals(erp),
      salesOrders: () => observedSalesOrders(erp),
      quarantine: () => observedQuarantine(erp),
      paymentLines: () => observedPaymentLines(erp),
      batchLog: () => jobs.log,
      failedEvents: () => events.failed,
      settled: async () => {
        while (late.size > 0) await Promise.all(late);
        await events.settled();
      },
    },
    operator: createOperator(erp, jobs, events, queue),
    takeOver: (order) => data.takeOver(order),
    expireTokens: () => office.expireAll(),
    change: (set, find, change) => {
      const table = data.table(set);
      for (const row of table.find(null).filter(find)) table.put({ ...row, ...change });
      if (!entityOf(set)) throw new Error(`The simulator has no entity set ${set}`);
    },
  };
}
