import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * The part of Node-RED that the pack uses. Written here because the published typings are those of the 1.3 era
 * (`reference/node-red.md` 6.5).
 */

export type NodeMessage = Record<string, unknown>;
export type SendValue = NodeMessage | null | (NodeMessage | NodeMessage[] | null)[];

export interface NodeStatus {
  fill?: 'red' | 'green' | 'yellow' | 'blue' | 'grey';
  shape?: 'ring' | 'dot';
  text?: string;
}

export interface NodeRedNode {
  readonly id: string;
  readonly type: string;
  readonly name?: string;
  readonly z?: string;
  /** Targets of each output. */
  readonly wires?: string[][];
  credentials?: Record<string, string | undefined>;
  send(message: SendValue): void;
  status(status: NodeStatus): void;
  log(text: string): void;
  warn(text: string): void;
  error(error: unknown, message?: NodeMessage): void;
  on(event: 'input', handler: InputHandler): void;
  on(event: 'close', handler: (removed: boolean, done: () => void) => void): void;
  receive(message: NodeMessage): void;
}

export type InputHandler = (
  message: NodeMessage,
  send: (message: SendValue) => void,
  done: (error?: unknown) => void,
) => void;

export type NodeDef = Record<string, unknown> & { id: string; type: string };

export type NodeConstructor = (this: NodeRedNode, definition: NodeDef) => void;

export interface CredentialFields {
  [field: string]: { type: 'text' | 'password' };
}

export type HttpHandler = (
  request: HttpRequestIn,
  response: HttpResponseOut,
  next: (error?: unknown) => void,
) => void;

/** An Express request, as far as it is used. */
export interface HttpRequestIn extends IncomingMessage {
  params: Record<string, string>;
  query: Record<string, unknown>;
  body?: unknown;
  /** Who is logged in to the editor, where Node-RED asks for that. */
  user?: { username?: unknown };
  /** Set by a body parser that ran before us: the raw bytes are gone then. */
  _body?: boolean;
}

/** An Express response, as far as it is used. */
export interface HttpResponseOut extends ServerResponse {
  status(code: number): this;
  json(body: unknown): this;
  sendStatus(code: number): this;
}

export interface HttpRouter {
  all(path: string, ...handlers: HttpHandler[]): void;
  get(path: string, ...handlers: HttpHandler[]): void;
  post(path: string, ...handlers: HttpHandler[]): void;
}

export interface DeliverEvent {
  msg: NodeMessage;
  source: { id: string; node?: NodeRedNode };
  destination: { id: string; node?: NodeRedNode };
}

export interface CompleteEvent {
  msg: NodeMessage;
  node: { id: string; node?: NodeRedNode };
  error?: unknown;
}

export interface NodeRedHooks {
  add(hook: string, handler: (event: never) => void): void;
  remove(hook: string): void;
}

export interface NodeRedSettings {
  userDir?: string;
  uiPort?: number;
  uiHost?: string;
  httpNodeRoot?: string | false;
  httpAdminRoot?: string | false;
  https?: unknown;
  apiMaxLength?: string;
  httpNodeMiddleware?: HttpHandler | HttpHandler[];
  [name: string]: unknown;
}

export interface NodeRed {
  nodes: {
    createNode(node: NodeRedNode, definition: NodeDef): void;
    registerType(
      type: string,
      constructor: NodeConstructor,
      options?: { credentials?: CredentialFields },
    ): void;
    getNode(id: string): NodeRedNode | null;
    getCredentials(id: string): Record<string, string | undefined> | undefined;
  };
  settings: NodeRedSettings;
  httpNode: HttpRouter;
  httpAdmin: HttpRouter;
  server?: { address(): { port: number } | string | null } | undefined;
  auth: { needsPermission(permission: string): HttpHandler };
  hooks?: NodeRedHooks;
  events: {
    on(event: string, handler: (...details: unknown[]) => void): void;
    removeListener(event: string, handler: (...details: unknown[]) => void): void;
  };
  util: {
    cloneMessage<T>(message: T): T;
    prepareJSONataExpression?: (expression: string, node: NodeRedNode | null) => unknown;
    evaluateJSONataExpression?: (
      prepared: unknown,
      message: NodeMessage,
      callback: (failure: unknown, value: unknown) => void,
    ) => void;
  };
  log: { warn(text: string): void; info(text: string): void };
  /** To every editor that is open. */
  comms?: { publish(topic: string, data: unknown, retain?: boolean): void };
  plugins?: { registerPlugin(id: string, definition: { type: string }): void };
  version?(): string;
}
