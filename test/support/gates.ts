import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Someone who waits at a gate. */
export interface Visitor {
  /** Which attempt of the delivery the visitor told. */
  attempt: number;
  goOn(): void;
}

/**
 * Places where a flow waits until the test lets it go on: an HTTP server that answers when it is told to. A node of
 * the flow asks for `<url>/<name of the gate>?attempt=<attempt of the delivery>`.
 */
export class Gates {
  private readonly arrived = new Map<string, Visitor[]>();
  private readonly awaited = new Map<string, ((visitor: Visitor) => void)[]>();
  private readonly counts = new Map<string, number>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async open(): Promise<Gates> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const gates = new Gates(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) =>
      gates.arrive(new URL(request.url ?? '/', gates.url), response),
    );
    return gates;
  }

  /** The next one who comes to the gate, or who came and was not asked for yet. */
  next(name: string): Promise<Visitor> {
    const first = this.arrived.get(name)?.shift();
    if (first) return Promise.resolve(first);
    return new Promise((resolve) => this.awaited.set(name, [...(this.awaited.get(name) ?? []), resolve]));
  }

  /** How many came to the gate so far. */
  count(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private arrive(url: URL, response: ServerResponse): void {
    const name = url.pathname.slice(1);
    const visitor: Visitor = {
      attempt: Number(url.searchParams.get('attempt')),
      goOn: () => void response.end('go on'),
    };
    this.counts.set(name, this.count(name) + 1);
    const waiting = this.awaited.get(name)?.shift();
    if (waiting) waiting(visitor);
    else this.arrived.set(name, [...(this.arrived.get(name) ?? []), visitor]);
  }
}
