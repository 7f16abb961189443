import type { NodeRed } from './node-red';

type Listener = () => void;

/** What is known of the flows of a runtime: one set of listeners for all nodes, however many there are. */
interface FlowState {
  running: boolean;
  readonly listeners: Set<Listener>;
}

const states = new WeakMap<object, FlowState>();

/** Follows the flows of a runtime. To be called when node types are registered, before any flow has started. */
export function followFlows(RED: NodeRed): void {
  stateOf(RED);
}

/**
 * Calls the listener whenever the flows have been started, and at once where they run already. A message that is sent
 * before that could go to a node that does not exist yet, and would be lost without a trace.
 */
export function onFlowsRunning(RED: NodeRed, listener: Listener): () => void {
  const state = stateOf(RED);
  state.listeners.add(listener);
  if (state.running) listener();
  return () => state.listeners.delete(listener);
}

function stateOf(RED: NodeRed): FlowState {
  const known = states.get(RED.events);
  if (known) return known;
  const state: FlowState = { running: false, listeners: new Set() };
  states.set(RED.events, state);
  RED.events.on('flows:starting', () => (state.running = false));
  RED.events.on('flows:started', () => {
    state.running = true;
    for (const listener of [...state.listeners]) listener();
  });
  return state;
}
