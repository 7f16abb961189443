import type { SimulatedRequest, SimulatedResponse } from '../simulator';
import { batchAnswer, parseBatch, type BatchOperation, type BatchPart, type PartAnswer } from './batch';
import { headerOf, isWrite, JSON_TYPE, type Faults } from './faults';
import type { ODataService } from './odata-service';
import { queryErrorBody } from './refusal';

/** `$batch`: the outer answer is 200 whatever the parts say, and a changeset is all or nothing (A2). */
export class BatchService {
  constructor(
    private readonly odata: ODataService,
    private readonly faults: Faults,
  ) {}

  handle(request: SimulatedRequest): SimulatedResponse {
    let parts;
    try {
      parts = parseBatch(headerOf(request, 'content-type') ?? '', request.body.toString());
    } catch (thrown) {
      return refuse(thrown instanceof Error ? thrown.message : 'bad batch');
    }
    const operations = parts.reduce(
      (sum, part) => sum + (part.kind === 'single' ? 1 : part.operations.length),
      0,
    );
    if (operations > 5000) return refuse('A batch may hold 5000 operations.');
    const cut = isWrite(request) && this.faults.spend('cutBatchNext');
    const arrived = cut ? parts.slice(0, this.faults.dials.cutBatchAfter) : parts;
    const answers = arrived.map((part) => {
      if (this.faults.spend('throttlePartsNext')) return this.throttledPart(part);
      return part.kind === 'single' ? this.operate(part.operation) : this.changeset(part.operations);
    });
    if (cut) return { status: 0, drop: true };
    const { contentType, body } = batchAnswer(answers);
    return { status: 200, headers: { 'content-type': contentType, 'odata-version': '4.0' }, body };
  }

  private throttledPart(part: BatchPart): PartAnswer {
    const operation = part.kind === 'single' ? part.operation : part.operations[0];
    const { status, body } = this.faults.throttled();
    return {
      status,
      headers: { 'Retry-After': String(this.faults.dials.retryAfterSeconds) },
      body,
      contentId: operation?.contentId ?? null,
    };
  }

  /** A member that fails takes the others back, and one error part answers for all. */
  private changeset(operations: readonly BatchOperation[]): PartAnswer | PartAnswer[] {
    const { done, failed } = this.odata.allOrNone(
      operations.map((operation) => (): PartAnswer => {
        if (operation.method !== 'GET') return this.operate(operation);
        const body = queryErrorBody('A changeset cannot read.');
        return { status: 400, body, contentId: operation.contentId };
      }),
    );
    return failed ?? done;
  }

  private operate(operation: BatchOperation): PartAnswer {
    const path = operation.url
      .replace(/^https?:\/\/[^/]+/, '')
      .replace(/^.*?\/data\//, '')
      .replace(/^\//, '');
    const ifMatch = operation.headers['if-match'];
    const { status, body } = this.odata.operate(operation.method, path, operation.body, ifMatch);
    return { status, body, contentId: operation.contentId };
  }
}

function refuse(message: string): SimulatedResponse {
  return { status: 400, headers: JSON_TYPE, body: queryErrorBody(message) };
}
