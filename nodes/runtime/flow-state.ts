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
 * Whether every node is where it should be. While a deploy stops and starts nodes, a message for one that is not there
 * is lost without a trace, even on its way from a node that the deploy leaves alone.
 */
export function areFlowsRunning(RED: NodeRed): boolean {
  return stateOf(RED).running;
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
  for (const event of ['flows:stopping', 'flows:starting']) {
    RED.events.on(event, () => (state.running = false));
  }
  RED.events.on('flows:started', () => {
    state.running = true;
    for (const listener of [...state.listeners]) listener();
  });
  return state;
}
