import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClosedBatch } from '../nodes/returns/batch';
import type { ReturnEvent } from '../nodes/returns/event';
import type { ReturnException } from '../nodes/returns/exception';

export type FlowNode = Record<string, unknown> & { id: string; type: string };

export const BATCH_NODE = 'batch.collect';
export const BATCH_STORE = 'batch.store';
const TAB = 'batch.tab';
const FEED = '/feed';

/**
 * A flow that batches returns and tells a server outside what comes out. A return is sent by POST and answered when the
 * node is done with it: what was not answered is sent again, as a platform would.
 *
 * @param books address of a {@link BatchBooks}
 */
export function batchFlow(
  books: string,
  settings: Record<string, unknown>,
  store: Record<string, unknown> = {},
): FlowNode[] {
  const node = (type: string, id: string, wires: string[][], more: object = {}): FlowNode => ({
    id,
    type,
    z: TAB,
    name: '',
    x: 100,
    y: 100,
    wires,
    ...more,
  });
  const code = (id: string, func: string, wires: string[][]): FlowNode =>
    node('function', id, wires, {
      func,
      outputs: wires.length,
      timeout: 0,
      noerr: 0,
      initialize: '',
      finalize: '',
      libs: [],
    });
  const tell = (id: string, path: string): FlowNode[] => [
    code(`${id}.prepare`, `msg.url = ${JSON.stringify(books + path)};\nmsg.headers = {};\nreturn msg;`, [
      [id],
    ]),
    node('http request', id, [[]], { method: 'POST', ret: 'txt', paytoqs: 'ignore', url: '', senderr: true }),
  ];
  return [
    { id: TAB, type: 'tab', label: 'Batches' },
    { id: BATCH_STORE, type: 'returns-store', name: '', file: '', ...store },
    node('http in', 'batch.feed', [['batch.read']], { url: FEED, method: 'post', upload: false }),
    code(
      'batch.read',
      'Object.assign(msg, msg.payload);\nmsg.fed = msg.command === undefined;\nreturn msg;',
      [[BATCH_NODE]],
    ),
    node('returns-batch-aggregator', BATCH_NODE, [['batch.sort'], ['batch.refused'], ['batch.answer']], {
      store: BATCH_STORE,
      ...settings,
    }),
    code('batch.sort', "return msg.topic === 'batch.closed' ? [msg, null] : [null, msg];", [
      ['batch.closed.prepare'],
      ['batch.return.prepare'],
    ]),
    ...tell('batch.closed', '/batch'),
    ...tell('batch.return', '/return'),
    code('batch.refused', 'msg.payload = { payload: msg.payload, exception: msg.exception };\nreturn msg;', [
      ['batch.exception.prepare'],
    ]),
    ...tell('batch.exception', '/exception'),
    node('complete', 'batch.done', [['batch.respond']], { scope: [BATCH_NODE], uncaught: false }),
    node('catch', 'batch.failed', [['batch.fail']], { scope: [BATCH_NODE], uncaught: false }),
    code('batch.respond', "if (!msg.fed) return null;\nmsg.payload = 'stored';\nreturn msg;", [
      ['batch.answer'],
    ]),
    code('batch.fail', 'msg.statusCode = 500;\nmsg.payload = msg.error.message;\nreturn msg;', [
      ['batch.answer'],
    ]),
    node('http response', 'batch.answer', [], { statusCode: '', headers: {} }),
  ];
}

/** Sends a return or a command to the flow. Status 0: no answer came. */
export function feed(port: number, message: object): Promise<{ status: number; body: string }> {
  return new Promise((resolve) => {
    const text = Buffer.from(JSON.stringify(message));
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        path: FEED,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': text.length },
        timeout: 20_000,
      },
      (answer) => {
        let body = '';
        answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
        answer.on('close', () => resolve({ status: 0, body }));
      },
    );
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => resolve({ status: 0, body: '' }));
    outgoing.end(text);
  });
}

/** A server that keeps what the flow tells: the books of somebody outside. */
export class BatchBooks {
  /** By id; what came more than once is kept each time. */
  readonly batches = new Map<string, ClosedBatch[]>();
  readonly returns: ReturnEvent[] = [];
  readonly exceptions: { event: ReturnEvent; exception: ReturnException }[] = [];
  /** While it is set nothing is answered, so that deliveries stay under way. */
  silent = false;
  private readonly watchers = new Set<() => void>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async open(): Promise<BatchBooks> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const books = new BatchBooks(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (incoming, response) => books.take(incoming, response));
    return books;
  }

  /** Batches, each as it came last. */
  get closed(): ClosedBatch[] {
    return [...this.batches.values()].flatMap((times) => times.at(-1) ?? []);
  }

  /** Resolves as soon as a condition holds, which is looked at whenever something is told. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.watchers.delete(look);
        resolve();
      };
      this.watchers.add(look);
      look();
    });
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(incoming: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      this.keep(incoming.url ?? '', JSON.parse(Buffer.concat(chunks).toString()));
      if (!this.silent) response.end('booked');
      for (const look of [...this.watchers]) look();
    });
  }

  private keep(path: string, told: unknown): void {
    if (path === '/batch') {
      const batch = told as ClosedBatch;
      this.batches.set(batch.id, [...(this.batches.get(batch.id) ?? []), batch]);
    } else if (path === '/return') this.returns.push(told as ReturnEvent);
    else {
      const { payload, exception } = told as { payload: ReturnEvent; exception: ReturnException };
      this.exceptions.push({ event: payload, exception });
    }
  }
}
