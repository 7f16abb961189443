import type { NodeRedProcess } from '../node-red-process';

export interface ShownStatus {
  /** Milliseconds since the listener was asked for. */
  at: number;
  text: string;
}

/** Sees what a node's status says, as the editor does: through Node-RED's own socket. */
export class StatusListener {
  readonly shown: ShownStatus[] = [];
  private readonly began = performance.now();

  private constructor(
    private readonly socket: WebSocket,
    private readonly nodeId: string,
  ) {
    socket.addEventListener('message', ({ data }) => this.take(String(data)));
  }

  static async connect(nodeRed: NodeRedProcess, nodeId: string): Promise<StatusListener> {
    const socket = new WebSocket(`${nodeRed.baseUrl.replace(/^http/, 'ws')}/comms`);
    const listener = new StatusListener(socket, nodeId);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve());
      socket.addEventListener('error', () => reject(new Error('Node-RED does not tell its statuses')));
    });
    // What is shown now comes at once, and every change after it.
    socket.send(JSON.stringify({ subscribe: 'status/#' }));
    return listener;
  }

  close(): void {
    this.socket.close();
  }

  private take(text: string): void {
    const told = JSON.parse(text) as unknown;
    const list = (Array.isArray(told) ? told : [told]) as { topic?: string; data?: { text?: string } }[];
    for (const { topic, data } of list) {
      if (topic !== `status/${this.nodeId}` || data?.text === undefined) continue;
      this.shown.push({ at: performance.now() - this.began, text: data.text });
    }
  }
}
