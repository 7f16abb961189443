import type { z } from 'zod';
import { asLedgerError, LedgerError } from '../returns/failure';
import { followFlows } from './flow-state';
import type { CredentialFields, NodeDef, NodeMessage, NodeRed, NodeRedNode, SendValue } from './node-red';
import { forgetSecret, redact, rememberSecret } from './redact';
import { StatusLine } from './status';

/**
 * What a node is made of. `start` runs once for each node when its flow starts; what it returns is the node's
 * behaviour for as long as it lives.
 */
export interface NodeDefinition<Config, Behaviour extends NodeBehaviour> {
  /** The type name in Node-RED; never changes once released. */
  type: string;
  /** Parses the dialog's values; unknown ones are ignored. */
  config: z.ZodType<Config>;
  /** Every secret is of type `password`: it never returns to the browser. */
  credentials?: CredentialFields;
  start: (node: NodeContext<Config>) => Behaviour;
}

export interface NodeBehaviour {
  /**
   * Handles one message. It resolves when the work is done, and throws where it failed: `done` is called for it,
   * exactly once. The message it sends on is the one that it got.
   */
  input?(message: NodeMessage, send: (message: SendValue) => void): Promise<void>;
  /** Ends what the node holds open. At most about ten seconds; Node-RED goes on after fifteen. */
  close?(removed: boolean): Promise<void> | void;
}

/** What a node may use. Everything that it starts through here ends when the node closes. */
export interface NodeContext<Config> {
  readonly RED: NodeRed;
  readonly id: string;
  /** The name in the editor, or the type. */
  readonly label: string;
  readonly config: Readonly<Config>;
  readonly credentials: Readonly<Record<string, string | undefined>>;
  readonly status: StatusLine;
  /** Aborted when the node closes. */
  readonly signal: AbortSignal;
  /** Sends outside an input handler, from a source node. */
  emit(message: SendValue): void;
  info(text: string): void;
  warn(text: string): void;
  /** Reports a failure that belongs to no message. */
  fail(error: unknown): void;
  /** Runs work that nobody waits for; its failure is reported, never thrown. */
  background(work: () => Promise<void>): void;
  /** The behaviour of another node of this pack, by its type; undefined where it does not exist or could not start. */
  peer(id: string, type: string): NodeBehaviour | undefined;
  /** The same for nodes that are known by what they can do, not by their type. */
  peerThat<T extends NodeBehaviour>(
    id: string,
    can: (behaviour: NodeBehaviour) => behaviour is T,
  ): T | undefined;
}

/** Behaviours of living nodes, so that one node of the pack can use another without touching its insides. */
const living = new Map<string, { type: string; label: string; behaviour: NodeBehaviour }>();

/**
 * Registers a node type. This is the only place that talks to Node-RED's node API: config parsed by a schema, one
 * asynchronous error path, `done` exactly once, throttled status, redacted texts, everything closed on close.
 */
export function defineNode<Config, Behaviour extends NodeBehaviour>(
  RED: NodeRed,
  definition: NodeDefinition<Config, Behaviour>,
): void {
  const create = function (this: NodeRedNode, raw: NodeDef): void {
    RED.nodes.createNode(this, raw);
    startNode(RED, definition, this, raw);
  };
  followFlows(RED);
  RED.nodes.registerType(
    definition.type,
    create,
    definition.credentials ? { credentials: definition.credentials } : undefined,
  );
}

function startNode<Config, Behaviour extends NodeBehaviour>(
  RED: NodeRed,
  definition: NodeDefinition<Config, Behaviour>,
  node: NodeRedNode,
  raw: NodeDef,
): void {
  const status = new StatusLine(node);
  const abort = new AbortController();
  const credentials = { ...(node.credentials ?? {}) };
  const secretFields = Object.entries(definition.credentials ?? {}).filter(
    ([, field]) => field.type === 'password',
  );
  for (const [field] of secretFields) rememberSecret(credentials[field]);

  let behaviour: Behaviour | undefined;
  let fault: LedgerError | undefined;
  const running = new Set<Promise<void>>();
  const background = (work: () => Promise<void>): void => {
    const run = work().catch((thrown: unknown) => {
      if (!abort.signal.aborted) report(node, asLedgerError(thrown));
    });
    running.add(run);
    void run.finally(() => running.delete(run));
  };

  try {
    const context: NodeContext<Config> = {
      RED,
      id: node.id,
      label: node.name === undefined || node.name === '' ? definition.type : node.name,
      config: Object.freeze(parseConfig(definition, raw)),
      credentials,
      status,
      signal: abort.signal,
      emit: (message) => node.send(message),
      info: (text) => node.log(redact(text)),
      warn: (text) => node.warn(redact(text)),
      fail: (error) => report(node, asLedgerError(error)),
      background,
      peer: (id, type) => {
        const found = peer(RED, id);
        return found?.type === type ? found.behaviour : undefined;
      },
      peerThat: (id, can) => {
        const found = peer(RED, id);
        return found && can(found.behaviour) ? found.behaviour : undefined;
      },
    };
    behaviour = definition.start(context);
    living.set(node.id, { type: definition.type, label: context.label, behaviour });
  } catch (thrown) {
    // A constructor that throws would leave no node at all; a node that says what is wrong can be mended.
    fault = asLedgerError(thrown, 'node-not-started');
    status.failed(fault.class === 'config' ? 'check the settings' : 'could not start');
    report(node, fault);
  }

  node.on('input', (message, send, done) => {
    const run = handle(message, send).then(
      () => done(),
      (thrown: unknown) => {
        const error = presentable(asLedgerError(thrown));
        status.failed(error.code);
        done(error);
      },
    );
    const settled = run.catch((thrown: unknown) => report(node, asLedgerError(thrown)));
    running.add(settled);
    void settled.finally(() => running.delete(settled));
  });

  async function handle(message: NodeMessage, send: (message: SendValue) => void): Promise<void> {
    if (fault) throw fault;
    if (!behaviour?.input) return;
    await behaviour.input(message, send);
  }

  node.on('close', (removed, done) => {
    living.delete(node.id);
    abort.abort();
    const finish = async (): Promise<void> => {
      await behaviour?.close?.(removed);
      await Promise.allSettled(running);
    };
    finish()
      .catch((thrown: unknown) => report(node, asLedgerError(thrown)))
      .finally(() => {
        status.close();
        for (const [field] of secretFields) forgetSecret(credentials[field]);
        done();
      });
  });
}

function parseConfig<Config, Behaviour extends NodeBehaviour>(
  definition: NodeDefinition<Config, Behaviour>,
  raw: NodeDef,
): Config {
  const parsed = definition.config.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw settingsFault(parsed.error);
}

/** What a person can read where settings do not fit their schema: each field with what is wrong. */
export function settingsFault(error: z.ZodError): LedgerError {
  const problems = error.issues.map((issue) => `${issue.path.join('.') || 'settings'}: ${issue.message}`);
  return new LedgerError({
    code: 'config-invalid',
    class: 'config',
    message: `The settings of this node need attention – ${problems.join('; ')}`,
  });
}

/** The behaviour of a living node, for the pack's own admin routes; undefined where there is none of that type. */
export function livingBehaviour(id: string, type: string): NodeBehaviour | undefined {
  const found = living.get(id);
  return found?.type === type ? found.behaviour : undefined;
}

/** The living nodes of a type, for what concerns all of them. */
export function livingNodes(type: string): { id: string; label: string; behaviour: NodeBehaviour }[] {
  return [...living]
    .filter(([, found]) => found.type === type)
    .map(([id, { label, behaviour }]) => ({ id, label, behaviour }));
}

/** The living nodes of other types on the same tab of the editor as a node. */
export function neighboursOf(RED: NodeRed, id: string): string[] {
  const tab = RED.nodes.getNode(id)?.z;
  if (tab === undefined) return [];
  const type = living.get(id)?.type;
  return [...living]
    .filter(([other, found]) => found.type !== type && RED.nodes.getNode(other)?.z === tab)
    .map(([other]) => other);
}

/** The name of a living node of the pack; null where none of that id lives. */
export function livingLabel(id: string): string | null {
  return living.get(id)?.label ?? null;
}

/** A living node of the pack. */
function peer(RED: NodeRed, id: string): { type: string; behaviour: NodeBehaviour } | undefined {
  return id !== '' && RED.nodes.getNode(id) ? living.get(id) : undefined;
}

function report(node: NodeRedNode, error: LedgerError): void {
  node.error(presentable(error).message);
}

/** The error as it may leave the node: code and class stay, the text is redacted, the cause is cut off. */
function presentable(error: LedgerError): LedgerError {
  return new LedgerError({
    code: error.code,
    class: error.class,
    message: redact(error.message),
    details: error.details,
    retryAfterMs: error.retryAfterMs,
  });
}
