import type { NodeRedNode, NodeStatus } from './node-red';
import { redact } from './redact';

const INTERVAL_MS = 1000;
/** Longer texts run into the neighbours on the canvas. */
export const LONGEST_STATUS = 32;

/**
 * A node's status, changed at most once a second with the last value always shown in the end. A flood of statuses
 * freezes the editor (`reference/node-red.md` 1.12).
 */
export class StatusLine {
  private shown = '';
  private next: NodeStatus | undefined;
  private timer: NodeJS.Timeout | undefined;
  private lastShownAt = Number.NEGATIVE_INFINITY;
  private closed = false;

  constructor(
    private readonly node: Pick<NodeRedNode, 'status'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  set(fill: NodeStatus['fill'], shape: NodeStatus['shape'], text: string): void {
    const status: NodeStatus = { text: shorten(redact(text)) };
    if (fill) status.fill = fill;
    if (shape) status.shape = shape;
    this.next = status;
    if (this.timer || this.closed) return;
    const wait = this.lastShownAt + INTERVAL_MS - this.now();
    if (wait <= 0) this.show();
    else this.timer = setTimeout(() => this.show(), wait);
  }

  ok(text: string): void {
    this.set('green', 'dot', text);
  }
  busy(text: string): void {
    this.set('blue', 'dot', text);
  }
  waiting(text: string): void {
    this.set('yellow', 'ring', text);
  }
  attention(text: string): void {
    this.set('yellow', 'dot', text);
  }
  failed(text: string): void {
    this.set('red', 'ring', text);
  }
  idle(text: string): void {
    this.set('grey', 'ring', text);
  }

  /** No status is sent after this. */
  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.closed = true;
    this.next = undefined;
  }

  private show(): void {
    this.timer = undefined;
    const status = this.next;
    this.next = undefined;
    if (!status) return;
    const text = JSON.stringify(status);
    if (text === this.shown) return;
    this.shown = text;
    this.lastShownAt = this.now();
    this.node.status(status);
  }
}

function shorten(text: string): string {
  return text.length <= LONGEST_STATUS ? text : `${text.slice(0, LONGEST_STATUS - 1)}…`;
}
