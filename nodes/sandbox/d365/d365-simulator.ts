import type { SimulatedRequest, SimulatedResponse } from '../simulator';
import { seededRandom } from '../world';
import { BatchService } from './batch-service';
import { entityOf, metadataXml } from './entities';
import { Faults, headerOf, isWrite, JSON_TYPE, UNAVAILABLE, updateConflict } from './faults';
import { ODataService } from './odata-service';
import { observedReturnOrders } from './observe';
import { ReturnOrders } from './return-orders';
import type { D365Simulator, D365SimulatorOptions, ObservedCall } from './simulator-types';
import { ErpData } from './tables';
import { TokenOffice } from './token';

export type { D365Simulator, D365SimulatorOptions } from './simulator-types';

/** Makes the simulator; see {@link D365SimulatorOptions} for what it keeps to. */
export function createD365Simulator(options: D365SimulatorOptions): D365Simulator {
  const now = options.now ?? Date.now;
  const wait = options.wait ?? ((ms) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  const random = seededRandom(options.seed ?? 1);
  const data = new ErpData(options.world, options.world.company, options.otherCompany ?? 'frrt');
  const orders = new ReturnOrders(
    data,
    {
      manualNumberSequence: options.manualNumberSequence ?? false,
      strictNegativeQuantity: options.strictNegativeQuantity ?? true,
      fieldLengths: { CustomersOrderReference: 60, ExternalItemNumber: 60, ...options.fieldLengths },
    },
    options.world.currency,
  );
  const office = new TokenOffice(
    options.tenant,
    options.clientId,
    options.clientSecret,
    options.tokenLifetimeSeconds ?? 3599,
    now,
  );
  const omitted = new Set(options.metadataOmit ?? []);
  const odata = new ODataService(data, orders, {
    omitted,
    pageSize: options.pageSize ?? 10_000,
    validationStatus: options.validationStatus ?? 400,
  });
  const faults = new Faults();
  const { dials } = faults;
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
    if (dials.latencyMs > 0) await wait(dials.latencyMs);
    if (/\/oauth2\/(v2\.0\/)?token$/.test(request.url))
      return office.issue(request.url, request.body.toString());
    if (faults.spend('unavailableNext')) return UNAVAILABLE;
    if (!request.url.startsWith('/data/')) return { status: 404 };
    if (!office.accepts(request.headers.authorization)) return { status: 401 };
    if (faults.spend('throttleNext')) {
      const { status, headers, body } = faults.throttled();
      return { status, headers: { ...JSON_TYPE, ...headers }, body };
    }
    const path = request.url.slice('/data/'.length);
    if (path === '$metadata')
      return { status: 200, headers: { 'content-type': 'application/xml' }, body: metadataXml(omitted) };
    data.sync();
    return isWrite(request) ? write(request, path) : perform(request, path);
  }

  /** Decides what happens to a write, and to its answer. */
  function write(request: SimulatedRequest, path: string): SimulatedResponse {
    if (faults.spend('dropBeforeCommitNext')) return { status: 0, drop: true };
    if (faults.spend('updateConflictNext')) return { headers: JSON_TYPE, ...odata.refused(updateConflict()) };
    if (faults.spend('lateCommitNext')) {
      const work = wait(dials.lateCommitMs).then(() => {
        perform(request, path);
      });
      late.add(work);
      void work.finally(() => late.delete(work));
      return { status: 0, drop: true };
    }
    const answer = perform(request, path);
    const dropped =
      faults.spend('dropAfterCommitNext') ||
      (dials.dropAfterCommitShare > 0 && random.next() < dials.dropAfterCommitShare);
    return dropped ? { ...answer, drop: true } : answer;
  }

  function perform(request: SimulatedRequest, path: string): SimulatedResponse {
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
      returnOrders: () => observedReturnOrders(data),
      settled: async () => {
        while (late.size > 0) await Promise.all(late);
      },
    },
    takeOver: (order) => data.takeOver(order),
    expireTokens: () => office.expireAll(),
    change: (set, find, change) => {
      const table = data.table(set);
      for (const row of table.find(null).filter(find)) table.put({ ...row, ...change });
      if (!entityOf(set)) throw new Error(`The simulator has no entity set ${set}`);
    },
  };
}
