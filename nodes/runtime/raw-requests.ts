import type { IncomingMessage } from 'node:http';
import type { HttpHandler, HttpRequestIn, NodeRed } from './node-red';

/** The part of an Express 4 application that is needed to come before its other handlers. */
interface ExpressApp {
  parent?: ExpressApp;
  path?(): string;
  use?(handler: HttpHandler): void;
  _router?: { stack: { handle: unknown }[] };
}

const untouched = new WeakSet<IncomingMessage>();
const guarded = new WeakMap<object, Set<string>>();

/**
 * Keeps body parsers away from the requests of a path, so that their raw bytes can be read. Node-RED's admin side
 * parses every JSON body that passes it when both sides share a root (`reference/node-red.md` 1.16); the core HTTP In
 * node comes before it in the same way.
 */
export function keepBodyRaw(RED: NodeRed, path: string): void {
  const node = RED.httpNode as unknown as ExpressApp;
  const root = rootOf(node);
  let paths = guarded.get(root);
  if (!paths) {
    paths = new Set();
    guarded.set(root, paths);
    comeFirst(root, paths);
  }
  paths.add(normalise(`${node.path?.() ?? ''}${path}`));
}

/** True where no parser has touched the request's body. */
export function isUntouched(request: HttpRequestIn): boolean {
  return request._body !== true || untouched.has(request);
}

function comeFirst(root: ExpressApp, paths: ReadonlySet<string>): void {
  const guard: HttpHandler = (request, _response, next) => {
    if (paths.has(normalise((request.url ?? '').split('?')[0] ?? '')) && request._body !== true) {
      untouched.add(request);
      // What body parsers look at: this body has been taken care of.
      request._body = true;
    }
    next();
  };
  root.use?.(guard);
  const stack = root._router?.stack;
  const at = stack?.findIndex((layer) => layer.handle === guard) ?? -1;
  if (!stack || at < 0) return;
  const [layer] = stack.splice(at, 1);
  if (layer) stack.unshift(layer);
}

function rootOf(app: ExpressApp): ExpressApp {
  return app.parent === undefined ? app : rootOf(app.parent);
}

function normalise(path: string): string {
  return path
    .replace(/\/{2,}/g, '/')
    .replace(/\/$/, '')
    .toLowerCase();
}
