import { randomUUID } from 'node:crypto';
import type { SimulatedRequest, SimulatedResponse } from '../simulator';
import type { Erp, SetWriter } from './erp';
import { JSON_TYPE } from './faults';
import { importPackage, type ImportOutcome } from './package-import';
import type { D365Dials } from './simulator-types';

const ACTIONS = '/data/DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities.';
export const ZERO_GUID = '00000000-0000-0000-0000-000000000000';

interface Execution {
  archive: Buffer;
  company: string;
  startedAt: number;
  outcome: ImportOutcome | null;
}

interface Message {
  archive: Buffer;
  company: string;
  queuedAt: number;
  executionId: string | null;
}

/**
 * The data package actions (A12). Work goes through stages that each take `packageStageSeconds` of the simulator's
 * clock: an import is `NotRun`, then `Executing`, then done; a message waits one stage in its queue before that.
 */
export class DataManagement {
  private readonly blobs = new Map<string, Buffer>();
  private readonly executions = new Map<string, Execution>();
  private readonly messages = new Map<string, Message>();
  /** Calls of ImportFromPackage that are under way: there may be one. */
  private importing = 0;

  constructor(
    private readonly erp: Erp,
    private readonly writers: ReadonlyMap<string, SetWriter>,
    private readonly dials: D365Dials,
    private readonly publicUrl: string | undefined,
  ) {}

  /** Whether an address is of this part, which no throttling touches (A3). */
  claims(url: string): boolean {
    return url.startsWith(ACTIONS);
  }

  /** Says that a call has begun, before it takes its time; gives what ends it. */
  begin(url: string): () => void {
    if (!url.startsWith(`${ACTIONS}ImportFromPackage`)) return () => undefined;
    this.importing += 1;
    return () => {
      this.importing -= 1;
    };
  }

  handle(request: SimulatedRequest): SimulatedResponse {
    const action = request.url.slice(ACTIONS.length).split('?')[0] ?? '';
    const given = readJson(request.body);
    if (request.method !== 'POST' || given === null) return failed(action, 'The request is not valid.');
    switch (action) {
      case 'GetAzureWriteUrl':
        return value(JSON.stringify(this.newBlob(request)));
      case 'ImportFromPackage':
        return this.startImport(given);
      case 'GetExecutionSummaryStatus':
        return value(this.statusOf(given['executionId'] ?? ''));
      case 'GetExecutionErrors':
        return value(JSON.stringify(this.errorsOf(given['executionId'] ?? '')));
      case 'GetMessageStatus':
        return value(this.messageStatus(given['messageId'] ?? ''));
      case 'GetExecutionIdByMessageId':
        // The leading underscore is theirs.
        return value(this.messages.get(given['_messageId'] ?? '')?.executionId ?? ZERO_GUID);
      default:
        return { status: 404 };
    }
  }

  /** The storage behind a write URL: it wants no token, its address is the secret. */
  storage(request: SimulatedRequest): SimulatedResponse {
    const id = /^\/blob\/([\w-]+)\?sig=/.exec(request.url)?.[1] ?? '';
    const known = this.blobs.has(id);
    if (!known) return { status: 403 };
    if (request.method !== 'PUT') return { status: 200, body: this.blobs.get(id) ?? '' };
    this.blobs.set(id, request.body);
    return { status: 201 };
  }

  /** Takes a package into the queue of a recurring integration; gives the message's id. */
  enqueue(archive: Buffer, company: string): string {
    const id = randomUUID();
    this.messages.set(id, { archive, company, queuedAt: this.erp.now(), executionId: null });
    return id;
  }

  /** Does what is due by the clock. */
  tick(): void {
    for (const message of this.messages.values()) {
      if (message.executionId !== null || this.stagesSince(message.queuedAt) < 1) continue;
      message.executionId = randomUUID();
      this.executions.set(message.executionId, execution(message, this.erp.now()));
    }
    for (const work of this.executions.values()) {
      if (work.outcome === null && this.stagesSince(work.startedAt) >= 2)
        work.outcome = importPackage(this.erp, this.writers, work.archive, work.company);
    }
  }

  private newBlob(request: SimulatedRequest): { BlobId: string; BlobUrl: string } {
    const id = randomUUID();
    this.blobs.set(id, Buffer.alloc(0));
    return { BlobId: id, BlobUrl: `${outsideUrl(request, this.publicUrl)}/blob/${id}?sig=${randomUUID()}` };
  }

  private startImport(given: Readonly<Record<string, string>>): SimulatedResponse {
    if (this.importing > 1)
      return failed('ImportFromPackage', 'The package import cannot run in parallel threads.');
    const blob = /\/blob\/([\w-]+)\?/.exec(given['packageUrl'] ?? '')?.[1] ?? '';
    const archive = this.blobs.get(blob);
    if (!archive || !given['definitionGroupId'] || !given['legalEntityId'])
      return failed('ImportFromPackage', 'The package, its definition group or its legal entity is missing.');
    const id = given['executionId'] || randomUUID();
    if (this.executions.has(id)) return failed('ImportFromPackage', `Execution ${id} already exists.`);
    const work = execution({ archive, company: given['legalEntityId'] }, this.erp.now());
    // Composites cannot be overwritten (A12); what that does beside failing is not known.
    if (given['overwrite'] === 'true') work.outcome = { status: 'Failed', errors: [] };
    this.executions.set(id, work);
    return value(id);
  }

  private statusOf(id: string): string {
    this.tick();
    const work = this.executions.get(id);
    if (!work) return 'Unknown';
    if (work.outcome) return work.outcome.status;
    return this.stagesSince(work.startedAt) < 1 ? 'NotRun' : 'Executing';
  }

  /** Errors of the target step may be missing though the import failed: an empty list proves nothing (A12). */
  private errorsOf(id: string): unknown[] {
    this.tick();
    return this.dials.packageErrorsHidden > 0 ? [] : (this.executions.get(id)?.outcome?.errors ?? []);
  }

  private messageStatus(id: string): string {
    this.tick();
    const message = this.messages.get(id);
    if (!message) return 'Unknown';
    if (message.executionId === null) return 'Enqueued';
    const work = this.executions.get(message.executionId);
    if (!work?.outcome) return this.stagesSince(work?.startedAt ?? 0) < 1 ? 'Preprocessing' : 'Processing';
    if (work.outcome.status === 'Succeeded') return 'Processed';
    const unreadable = work.outcome.status === 'Failed' && work.outcome.errors.length === 0;
    return unreadable ? 'PreProcessingError' : 'ProcessedWithErrors';
  }

  private stagesSince(at: number): number {
    const stage = this.dials.packageStageSeconds * 1000;
    return stage === 0 ? 2 : Math.floor((this.erp.now() - at) / stage);
  }
}

/** The simulator as its caller sees it: the sandbox serves it below a path of its own name. */
export function outsideUrl(request: SimulatedRequest, publicUrl: string | undefined): string {
  return publicUrl ?? `http://${request.headers.host ?? 'localhost'}/d365`;
}

function execution(of: { archive: Buffer; company: string }, now: number): Execution {
  return { archive: of.archive, company: of.company, startedAt: now, outcome: null };
}

function value(given: string): SimulatedResponse {
  return { status: 200, headers: JSON_TYPE, body: JSON.stringify({ value: given }) };
}

/** An action that failed (A2.1): another type than a write that failed. */
function failed(action: string, reason: string): SimulatedResponse {
  return {
    status: 500,
    headers: JSON_TYPE,
    body: JSON.stringify({
      error: {
        code: '',
        message: 'An error has occurred.',
        innererror: {
          message: `Exception occurred while executing action ${action} on Entity DataManagementDefinitionGroup: ${reason}`,
          type: 'System.InvalidOperationException',
          stacktrace:
            '   at Microsoft.Dynamics.Platform.Integration.Services.OData.Action.ActionInvokable.Invoke()',
        },
      },
    }),
  };
}

function readJson(body: Buffer): Record<string, string> | null {
  try {
    const parsed: unknown = JSON.parse(body.toString() || '{}');
    if (typeof parsed !== 'object' || parsed === null) return null;
    return Object.fromEntries(Object.entries(parsed).map(([name, given]) => [name, String(given)]));
  } catch {
    return null;
  }
}
