import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request as a simulator sees it: the body is read whole before. */
export interface SimulatedRequest {
  method: string;
  /** Path without the mount point, with its query, for example `/data/SalesOrderHeadersV4?$top=1`. */
  url: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export interface SimulatedResponse {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** The work is done, but the answer never leaves: the connection is cut (commit then drop). */
  drop?: boolean;
}

/** A simulated vendor. It knows nothing of sockets, so that tests can call it directly as well. */
export interface Simulator {
  readonly name: string;
  handle(request: SimulatedRequest): Promise<SimulatedResponse>;
}

/** A simulator that is made when it is first asked for, by a call or by a command. */
export function madeAtFirstUse<T extends Simulator>(
  name: string,
  make: () => T,
): { simulator: Simulator; get: () => T } {
  let made: T | undefined;
  const get = (): T => (made ??= make());
  return { simulator: { name, handle: (request) => get().handle(request) }, get };
}

/** Reads the request, asks the simulator, writes its answer or cuts the connection. */
export async function serveSimulator(
  simulator: Simulator,
  url: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const answer = await simulator.handle({
    method: request.method ?? 'GET',
    url,
    headers: request.headers,
    body: Buffer.concat(chunks),
  });
  if (answer.drop) {
    request.socket.destroy();
    return;
  }
  response.writeHead(answer.status, answer.headers);
  response.end(answer.body);
}
