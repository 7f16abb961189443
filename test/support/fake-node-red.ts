import { EventEmitter } from 'node:events';
import type { NodeMessage, NodeRed, NodeRedNode, NodeStatus, SendValue } from '../../nodes/runtime/node-red';

/** What a node did, as the runtime would see it. */
export interface FakeNode extends NodeRedNode {
  readonly sent: SendValue[];
  readonly statuses: NodeStatus[];
  readonly errors: string[];
  readonly warnings: string[];
  /** Hands a message to the node; resolves with what `done` was called with, and how often. */
  take(message: NodeMessage): Promise<{ error: unknown; times: number; sent: SendValue[] }>;
  end(removed?: boolean): Promise<void>;
}

/** Node-RED's node API without a runtime, for the contract of a single node. */
export function fakeNodeRed(): {
  RED: NodeRed;
  make: (type: string, config: Record<string, unknown>, credentials?: Record<string, string>) => FakeNode;
} {
  const constructors = new Map<string, (this: NodeRedNode, definition: never) => void>();
  const nodes = new Map<string, FakeNode>();
  let current: FakeNode | undefined;
  const unused = (): never => {
    throw new Error('not used here');
  };
  const RED: NodeRed = {
    nodes: {
      createNode: (node) => {
        if (current) Object.assign(node, current);
      },
      registerType: (type, constructor) => {
        constructors.set(type, constructor);
      },
      getNode: (id) => nodes.get(id) ?? null,
      getCredentials: () => undefined,
    },
    settings: {},
    httpNode: { all: unused, get: unused, post: unused },
    httpAdmin: { all: unused, get: unused, post: unused },
    auth: { needsPermission: () => unused },
    events: { on: () => undefined, removeListener: () => undefined },
    util: { cloneMessage: (message) => structuredClone(message) },
    log: { warn: () => undefined, info: () => undefined },
  };
  return {
    RED,
    make: (type, config, credentials) => {
      const events = new EventEmitter();
      const id = `node-${nodes.size + 1}`;
      const sent: SendValue[] = [];
      const statuses: NodeStatus[] = [];
      const errors: string[] = [];
      const warnings: string[] = [];
      const node: FakeNode = {
        id,
        type,
        ...(typeof config['name'] === 'string' ? { name: config['name'] } : {}),
        ...(credentials ? { credentials } : {}),
        sent,
        statuses,
        errors,
        warnings,
        send: (message) => void sent.push(message),
        status: (status) => void statuses.push(status),
        log: () => undefined,
        warn: (text) => void warnings.push(text),
        error: (error) => void errors.push(String(error)),
        on: (event: string, handler: (...details: never[]) => void) =>
          void events.on(event, (...details: unknown[]) => handler(...(details as never[]))),
        receive: () => undefined,
        take: (message) =>
          new Promise((resolve) => {
            const own: SendValue[] = [];
            let times = 0;
            events.emit(
              'input',
              message,
              (value: SendValue) => void own.push(value),
              (error?: unknown) => {
                times += 1;
                // A second call would come in the same turn or a later one: give it the chance.
                setImmediate(() => resolve({ error, times, sent: own }));
              },
            );
          }),
        end: (removed = false) => new Promise((resolve) => void events.emit('close', removed, resolve)),
      };
      current = node;
      nodes.set(id, node);
      const self = {} as NodeRedNode;
      constructors.get(type)?.call(self, { id, type, ...config } as never);
      current = undefined;
      return node;
    },
  };
}
