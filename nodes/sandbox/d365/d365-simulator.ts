import type { SimulatedRequest, SimulatedResponse } from '../simulator';
import { seededRandom } from '../world';
import { batchAnswer, parseBatch, type BatchOperation, type BatchPart, type PartAnswer } from './batch';
import { entityOf, metadataXml } from './entities';
import { QueryFault, type Row, type Value } from './odata-filter';
import { etagOf, parseQuery, present, runQuery, type Query } from './odata-query';
import { queryErrorBody, Refusal, refusalBody } from './refusal';
import { ReturnOrders } from './return-orders';
import type {
  D365Dials,
  D365Simulator,
  D365SimulatorOptions,
  ObservedCall,
  ObservedReturnOrder,
} from './simulator-types';
import { ErpData } from './tables';
import { TokenOffice } from './token';

export type { D365Simulator, D365SimulatorOptions } from './simulator-types';

const JSON_TYPE = { 'content-type': 'application/json; odata.metadata=minimal', 'odata-version': '4.0' };

const THROTTLED = 'Number of requests exceeded the limit because of high resource utilization.';

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
  const pageSize = options.pageSize ?? 10_000;
  const dials: D365Dials = {
    latencyMs: 0,
    throttleNext: 0,
    retryAfterSeconds: 1,
    throttlePartsNext: 0,
    unavailableNext: 0,
    dropAfterCommitNext: 0,
    dropAfterCommitShare: 0,
    cutBatchAfter: 0,
    cutBatchNext: 0,
    dropBeforeCommitNext: 0,
    updateConflictNext: 0,
    lateCommitMs: 0,
    lateCommitNext: 0,
  };
  const calls: ObservedCall[] = [];
  const late = new Set<Promise<void>>();
  let total = 0;
  /** While a changeset runs: how to take back what it has done so far. */
  let journal: (() => void)[] | null = null;

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
    if (spend('unavailableNext')) {
      return {
        status: 503,
        headers: { 'content-type': 'text/html' },
        body: '<html><body>Service Unavailable</body></html>',
      };
    }
    if (!request.url.startsWith('/data/')) return { status: 404 };
    if (!office.accepts(request.headers.authorization)) return { status: 401 };
    if (spend('throttleNext')) {
      return {
        status: 429,
        headers: { ...JSON_TYPE, 'retry-after': String(dials.retryAfterSeconds) },
        body: queryErrorBody(THROTTLED),
      };
    }
    const path = request.url.slice('/data/'.length);
    if (path === '$metadata')
      return { status: 200, headers: { 'content-type': 'application/xml' }, body: metadataXml(omitted) };
    data.sync();
    return isWrite(request) ? write(request, path) : perform(request, path);
  }

  /** Decides what happens to a write, and to its answer. */
  function write(request: SimulatedRequest, path: string): SimulatedResponse {
    if (spend('dropBeforeCommitNext')) return { status: 0, drop: true };
    if (spend('updateConflictNext')) {
      const refusal = new Refusal(
        'SalesTable',
        [
          'An update conflict occurred due to another user process deleting the record or changing one or more fields in the record.',
        ],
        'Update has been canceled',
      );
      return refused(refusal);
    }
    if (spend('lateCommitNext')) {
      const work = wait(dials.lateCommitMs).then(() => {
        perform(request, path);
      });
      late.add(work);
      void work.finally(() => late.delete(work));
      return { status: 0, drop: true };
    }
    const answer = perform(request, path);
    const dropped =
      spend('dropAfterCommitNext') ||
      (dials.dropAfterCommitShare > 0 && random.next() < dials.dropAfterCommitShare);
    return dropped ? { ...answer, drop: true } : answer;
  }

  function perform(request: SimulatedRequest, path: string): SimulatedResponse {
    if (path.split('?')[0] === '$batch') return batch(request);
    const { status, body } = operate(
      request.method,
      path,
      request.body.toString(),
      header(request, 'if-match'),
    );
    return { status, headers: JSON_TYPE, body };
  }

  /** One operation; what it refuses becomes its answer. */
  function operate(
    method: string,
    path: string,
    body: string,
    ifMatch: string | undefined,
  ): { status: number; body: string } {
    try {
      const query = parseQuery(path, omitted);
      if (!query)
        return {
          status: 404,
          body: queryErrorBody(`No HTTP resource was found that matches '${path.split('?')[0] ?? ''}'.`),
        };
      if (method === 'GET') return query.key ? readOne(query) : readMany(query, path);
      if (method === 'POST') return createRow(query, body);
      return changeRow(method, query, body, ifMatch);
    } catch (thrown) {
      if (thrown instanceof Refusal) {
        const { status, body: text } = refused(thrown);
        return { status, body: String(text) };
      }
      if (thrown instanceof QueryFault) return { status: 400, body: queryErrorBody(thrown.message) };
      throw thrown;
    }
  }

  function readOne(query: Query): { status: number; body: string } {
    const row = rowOf(query);
    if (!row) return { status: 404, body: queryErrorBody('The resource was not found.') };
    return { status: 200, body: JSON.stringify(present(row, query, data)) };
  }

  function readMany(query: Query, path: string): { status: number; body: string } {
    const all = runQuery(query, data);
    const wanted = all.slice(query.skip, query.top === null ? undefined : query.skip + query.top);
    const page = wanted.slice(0, pageSize);
    const answer: Record<string, unknown> = { '@odata.context': `$metadata#${query.entity.set}` };
    if (query.count) answer['@odata.count'] = all.length;
    answer['value'] = page.map((row) => present(row, query, data));
    if (wanted.length > page.length) {
      const next = new URLSearchParams(path.split('?')[1] ?? '');
      next.set('$skip', String(query.skip + page.length));
      if (query.top !== null) next.set('$top', String(query.top - page.length));
      answer['@odata.nextLink'] = `./${query.entity.set}?${next.toString()}`;
    }
    return { status: 200, body: JSON.stringify(answer) };
  }

  function createRow(query: Query, body: string): { status: number; body: string } {
    if (!query.entity.writable) return { status: 405, body: queryErrorBody('The entity cannot be written.') };
    const { set } = query.entity;
    const row = orders.create(set, readBody(body, query));
    journal?.push(() => orders.undoCreate(set, row));
    return { status: 201, body: JSON.stringify(present(row, query, data)) };
  }

  function changeRow(
    method: string,
    query: Query,
    body: string,
    ifMatch: string | undefined,
  ): { status: number; body: string } {
    const row = query.key ? rowOf(query) : undefined;
    if (!row) return { status: 404, body: queryErrorBody('The resource was not found.') };
    if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== etagOf(row)) {
      return { status: 412, body: queryErrorBody('The record was changed by someone else.') };
    }
    const before = { ...row };
    journal?.push(() => data.table(query.entity.set).put(before));
    if (method === 'DELETE') orders.remove(query.entity.set, row);
    else orders.update(query.entity.set, row, readBody(body, query));
    return { status: 204, body: '' };
  }

  function rowOf(query: Query): Row | undefined {
    const table = data.table(query.entity.set);
    const row = table.get(table.keyOf(query.key ?? {}));
    return row &&
      (query.crossCompany || row['dataAreaId'] === undefined || row['dataAreaId'] === data.company)
      ? row
      : undefined;
  }

  function readBody(body: string, query: Query): Row {
    let parsed: unknown;
    try {
      parsed = JSON.parse(body);
    } catch {
      throw new QueryFault('The body is not JSON.');
    }
    const row: Row = {};
    for (const [field, value] of Object.entries(parsed as Record<string, unknown>)) {
      const type = query.entity.fields[field];
      if (type === undefined || omitted.has(`${query.entity.set}.${field}`)) {
        throw new QueryFault(
          `The property '${field}' does not exist on type 'Microsoft.Dynamics.DataEntities.${query.entity.type}'.`,
        );
      }
      const numeric = type === 'Decimal' || type === 'Int32' || type === 'Int64';
      if (value === null ? numeric : typeof value !== (numeric ? 'number' : 'string')) {
        throw new QueryFault(`The value of '${field}' has the wrong type.`);
      }
      if (value !== null) row[field] = value as Value;
    }
    return row;
  }

  function batch(request: SimulatedRequest): SimulatedResponse {
    let parts;
    try {
      parts = parseBatch(header(request, 'content-type') ?? '', request.body.toString());
    } catch (thrown) {
      return {
        status: 400,
        headers: JSON_TYPE,
        body: queryErrorBody(thrown instanceof Error ? thrown.message : 'bad batch'),
      };
    }
    const operations = parts.reduce(
      (sum, part) => sum + (part.kind === 'single' ? 1 : part.operations.length),
      0,
    );
    if (operations > 5000)
      return { status: 400, headers: JSON_TYPE, body: queryErrorBody('A batch may hold 5000 operations.') };
    const cut = isWrite(request) && spend('cutBatchNext');
    const arrived = cut ? parts.slice(0, dials.cutBatchAfter) : parts;
    const answers = arrived.map((part) => {
      if (spend('throttlePartsNext')) return throttledPart(part);
      return part.kind === 'single' ? operateInBatch(part.operation) : changeset(part.operations);
    });
    if (cut) return { status: 0, drop: true };
    const { contentType, body } = batchAnswer(answers);
    return { status: 200, headers: { 'content-type': contentType, 'odata-version': '4.0' }, body };
  }

  function throttledPart(part: BatchPart): PartAnswer {
    const operation = part.kind === 'single' ? part.operation : part.operations[0];
    return {
      status: 429,
      headers: { 'Retry-After': String(dials.retryAfterSeconds) },
      body: queryErrorBody(THROTTLED),
      contentId: operation?.contentId ?? null,
    };
  }

  /** All or none: a member that fails takes the others back, and one error part answers for all. */
  function changeset(operations: readonly BatchOperation[]): PartAnswer | PartAnswer[] {
    const answers: PartAnswer[] = [];
    journal = [];
    for (const operation of operations) {
      const answer =
        operation.method === 'GET'
          ? { status: 400, body: queryErrorBody('A changeset cannot read.') }
          : operateInBatch(operation);
      if (answer.status >= 400) {
        for (const undo of journal.reverse()) undo();
        journal = null;
        return { ...answer, contentId: operation.contentId };
      }
      answers.push({ ...answer, contentId: operation.contentId });
    }
    journal = null;
    return answers;
  }

  function operateInBatch(operation: BatchOperation): PartAnswer {
    const path = operation.url
      .replace(/^https?:\/\/[^/]+/, '')
      .replace(/^.*?\/data\//, '')
      .replace(/^\//, '');
    const { status, body } = operate(operation.method, path, operation.body, operation.headers['if-match']);
    return { status, body, contentId: operation.contentId };
  }

  function refused(refusal: Refusal): SimulatedResponse {
    return {
      status: refusal.status ?? options.validationStatus ?? 400,
      headers: JSON_TYPE,
      body: refusalBody(refusal),
    };
  }

  /** Uses up one of a dial's next times. */
  function spend(
    dial:
      | 'throttleNext'
      | 'throttlePartsNext'
      | 'cutBatchNext'
      | 'unavailableNext'
      | 'dropAfterCommitNext'
      | 'dropBeforeCommitNext'
      | 'updateConflictNext'
      | 'lateCommitNext',
  ): boolean {
    if (dials[dial] <= 0) return false;
    dials[dial] -= 1;
    return true;
  }

  return {
    name: 'd365',
    handle,
    dials,
    observer: {
      calls: () => total,
      recent: () => calls,
      returnOrders: () => observed(data),
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

function observed(data: ErpData): ObservedReturnOrder[] {
  return data
    .table('ReturnOrderHeadersV2')
    .find(null)
    .map((row) => ({
      number: String(row['ReturnOrderNumber']),
      reference: String(row['CustomersOrderReference']),
      status: String(row['ReturnStatus']),
      total: Number(row['OrderTotalAmount']),
      reason: typeof row['CustomerReturnReasonCode'] === 'string' ? row['CustomerReturnReasonCode'] : '',
      lines: data
        .table('ReturnOrderLinesV2')
        .find({ op: 'eq', field: 'ReturnOrderNumber', value: String(row['ReturnOrderNumber']) })
        .map((line) => ({
          itemNumber: String(line['ItemNumber']),
          quantity: Number(line['ReturnSalesQuantity']),
          amount: Number(line['LineAmount']),
          external: String(line['ExternalItemNumber']),
        })),
    }));
}

/** A write is a POST, PATCH or DELETE of a row, or a batch with a changeset in it. */
function isWrite(request: SimulatedRequest): boolean {
  if (request.method === 'GET') return false;
  return (
    !request.url.startsWith('/data/$batch') ||
    /content-type:\s*multipart\/mixed/i.test(request.body.toString())
  );
}

function header(request: SimulatedRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
