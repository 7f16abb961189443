import { randomUUID } from 'node:crypto';
import type { SimulatedRequest, SimulatedResponse } from '../simulator';
import { outsideUrl, type DataManagement } from './data-management';
import type { Erp } from './erp';

const ROOT = '/api/connector/';
const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };

/** A message that was handed out and not acknowledged comes again after 30 minutes; files live 7 days (A12). */
const AGAIN_AFTER_MS = 30 * 60_000;
const FILES_LIVE_MS = 7 * 86_400_000;

interface Exported {
  activity: string;
  correlationId: string;
  popReceipt: string;
  file: string;
  madeAt: number;
  /** When it was handed out last; null: never. */
  takenAt: number | null;
}

/** The queues of recurring integrations: packages in, exported files out. */
export class RecurringQueue {
  private exported: Exported[] = [];

  constructor(
    private readonly erp: Erp,
    private readonly packages: DataManagement,
    private readonly publicUrl: string | undefined,
  ) {}

  claims(url: string): boolean {
    return url.startsWith(ROOT);
  }

  handle(request: SimulatedRequest): SimulatedResponse {
    const [path = '', search = ''] = request.url.slice(ROOT.length).split('?');
    const [action = '', id = ''] = path.split('/');
    if (action === 'enqueue' && request.method === 'POST') return this.enqueue(request.body, search);
    if (action === 'dequeue' && request.method === 'GET') return this.dequeue(id, request);
    if (action === 'ack' && request.method === 'POST') return this.acknowledge(id, request.body.toString());
    if (action === 'download' && request.method === 'GET') return this.download(id);
    return { status: 404 };
  }

  /** Puts an exported file in the queue of an activity. */
  export(activity: string, file: string): void {
    this.exported.push({
      activity,
      correlationId: randomUUID(),
      popReceipt: '',
      file,
      madeAt: this.erp.now(),
      takenAt: null,
    });
  }

  private enqueue(body: Buffer, search: string): SimulatedResponse {
    const company = new URLSearchParams(search).get('company') ?? this.erp.data.company;
    const id = this.packages.enqueue(body, company);
    return { status: 200, headers: JSON_HEADERS, body: JSON.stringify(id) };
  }

  private dequeue(activity: string, request: SimulatedRequest): SimulatedResponse {
    const now = this.erp.now();
    const next = this.exported.find(
      (one) => one.activity === activity && (one.takenAt === null || now - one.takenAt >= AGAIN_AFTER_MS),
    );
    if (!next) return { status: 204 };
    const before = next.takenAt;
    next.takenAt = now;
    next.popReceipt = randomUUID();
    const host = outsideUrl(request, this.publicUrl);
    const alive = now - next.madeAt < FILES_LIVE_MS;
    return {
      status: 200,
      headers: JSON_HEADERS,
      body: JSON.stringify({
        CorrelationId: next.correlationId,
        PopReceipt: next.popReceipt,
        DownloadLocation: alive ? `${host}${ROOT}download/${next.correlationId}` : '',
        IsDownLoadFileExist: alive,
        FileDownLoadErrorMessage: alive ? '' : 'The file does not exist.',
        LastDequeueDateTime: new Date(before ?? 0).toISOString(),
      }),
    };
  }

  /** Wants the body of the last dequeue again; an older receipt is not taken [I]. */
  private acknowledge(activity: string, body: string): SimulatedResponse {
    let given: { CorrelationId?: string; PopReceipt?: string } | null;
    try {
      given = JSON.parse(body) as typeof given;
    } catch {
      return { status: 400 };
    }
    const found = this.exported.find(
      (one) =>
        one.activity === activity &&
        one.correlationId === given?.CorrelationId &&
        one.popReceipt === given.PopReceipt,
    );
    if (!found) return { status: 400 };
    this.exported = this.exported.filter((one) => one !== found);
    return { status: 200 };
  }

  private download(id: string): SimulatedResponse {
    const found = this.exported.find((one) => one.correlationId === id);
    return found ? { status: 200, body: found.file } : { status: 404 };
  }
}
