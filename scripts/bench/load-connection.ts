import { createConnection, type Socket } from 'node:net';

/**
 * A keep-alive connection that sends ready-made requests and reads no more of an answer than its status and its end:
 * a full HTTP client costs more than the servers that are measured with it.
 */
export class LoadConnection {
  private readonly socket: Socket;
  private pending: Buffer = Buffer.alloc(0);
  private answered: ((status: number) => void) | undefined;
  private failed: ((why: Error) => void) | undefined;

  constructor(port: number) {
    this.socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (chunk) => this.take(chunk));
    this.socket.on('error', (error) => this.fail(error));
    this.socket.on('close', () => this.fail(new Error('The server closed the connection')));
  }

  /** One request at a time; the callback gets the answer's status. */
  send(request: Buffer, answered: (status: number) => void, failed: (why: Error) => void): void {
    this.answered = answered;
    this.failed = failed;
    this.socket.write(request);
  }

  close(): void {
    this.answered = undefined;
    this.failed = undefined;
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.pending = this.pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.pending, chunk]);
    const headEnd = this.pending.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.pending.toString('latin1', 0, headEnd).toLowerCase();
    const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
    const chunked = head.includes('\r\ntransfer-encoding: chunked');
    const bodyAt = headEnd + 4;
    const complete = chunked
      ? this.pending.subarray(bodyAt).includes('0\r\n\r\n')
      : this.pending.length >= bodyAt + Number(length ?? 0);
    if (!complete) return;
    const status = Number(head.slice(9, 12));
    this.pending = Buffer.alloc(0);
    const { answered } = this;
    this.answered = undefined;
    this.failed = undefined;
    answered?.(status);
  }

  private fail(why: Error): void {
    const { failed } = this;
    this.answered = undefined;
    this.failed = undefined;
    failed?.(why);
  }
}
