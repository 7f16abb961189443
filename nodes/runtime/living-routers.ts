import type { DeskAnswer } from './exception-desk';
import type { RouterCommand } from './exception-commands';
import { livingBehaviour, livingNodes, neighboursOf, type NodeBehaviour } from './define-node';
import type { NodeRed } from './node-red';
import type { ReturnsStore } from '../store/store';

export const EXCEPTION_ROUTER = 'returns-exception-router';

/** An Exception Router as the admin API and the sidebar use it. */
export interface RouterBehaviour extends NodeBehaviour {
  obey(command: RouterCommand, who: string): Promise<DeskAnswer>;
  /** The store it parks in, once that is open. */
  store(): Promise<ReturnsStore>;
}

/**
 * The router at which what a node has parked goes on: itself, else the one of its flow where it is a node that parked by
 * itself, else, where it does not run any more, the only one that parks in this store. Undefined where none is certain.
 */
export async function routerFor(
  RED: NodeRed,
  parkedBy: string,
  store: ReturnsStore,
): Promise<RouterBehaviour | undefined> {
  const own = livingBehaviour(parkedBy, EXCEPTION_ROUTER);
  if (own) return own as RouterBehaviour;
  const routers = livingNodes(EXCEPTION_ROUTER);
  const near = routers.find(({ id }) => neighboursOf(RED, id).includes(parkedBy));
  if (near) return near.behaviour as RouterBehaviour;
  const here: RouterBehaviour[] = [];
  for (const { behaviour } of routers) {
    const router = behaviour as RouterBehaviour;
    if ((await router.store()) === store) here.push(router);
  }
  return here.length === 1 ? here[0] : undefined;
}
