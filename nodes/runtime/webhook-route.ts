import { LedgerError } from '../returns/failure';
import type { HttpHandler, HttpRequestIn, HttpResponseOut, NodeRed } from './node-red';
import { keepBodyRaw } from './raw-requests';

type Receiver = (request: HttpRequestIn, response: HttpResponseOut) => Promise<void>;

/**
 * Routes of Node-RED's HTTP side. Express cannot take a route away again, so each path is registered once for the
 * life of the process and looks up the node that serves it now. While none does, as during a deploy, the sender is
 * told to come back.
 */
const registered = new WeakMap<object, Map<string, { owner: string; receive: Receiver } | null>>();

/**
 * Serves a path under Node-RED's HTTP root until the returned function is called.
 * Throws `path-invalid`, `path-taken` or `http-root-off` (class `config`).
 *
 * @param whileDown status that makes this platform send again while no node serves the path
 */
export function serveWebhook(
  RED: NodeRed,
  options: { path: string; owner: string; whileDown: number; receive: Receiver },
): () => void {
  if (RED.settings.httpNodeRoot === false) {
    throw configError(
      'http-root-off',
      'httpNodeRoot is false in the Node-RED settings, so no webhook can arrive',
    );
  }
  const path = normalisePath(options.path);
  const routes = routesOf(RED);
  const current = routes.get(path);
  if (current && current.owner !== options.owner) {
    throw configError('path-taken', `Another node already receives webhooks at ${path}; choose another path`);
  }
  if (current === undefined) {
    keepBodyRaw(RED, path);
    RED.httpNode.all(path, ...userMiddleware(RED), (request, response) => {
      const serving = routes.get(path);
      if (!serving) {
        response.writeHead(options.whileDown, { 'retry-after': '10' });
        response.end();
        return;
      }
      serving.receive(request, response).catch(() => {
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
    });
  }
  routes.set(path, { owner: options.owner, receive: options.receive });
  return () => {
    if (routes.get(path)?.owner === options.owner) routes.set(path, null);
  };
}

/** A path of plain segments: no patterns, which Express would give a meaning. */
export function normalisePath(path: string): string {
  const trimmed = `/${path.trim().replace(/^\/+|\/+$/g, '')}`;
  if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(trimmed)) {
    throw configError(
      'path-invalid',
      'The webhook path may hold letters, digits, and - . _ ~ between slashes, such as /returns/happy-returns',
    );
  }
  return trimmed;
}

function routesOf(RED: NodeRed): Map<string, { owner: string; receive: Receiver } | null> {
  let routes = registered.get(RED.httpNode);
  if (!routes) {
    routes = new Map();
    registered.set(RED.httpNode, routes);
  }
  return routes;
}

/** The user's own middleware applies to our routes as it does to those of the HTTP In node. */
function userMiddleware(RED: NodeRed): HttpHandler[] {
  const middleware = RED.settings.httpNodeMiddleware;
  if (middleware === undefined) return [];
  return (Array.isArray(middleware) ? middleware : [middleware]).filter(
    (entry) => typeof entry === 'function',
  );
}

function configError(code: string, message: string): LedgerError {
  return new LedgerError({ code, class: 'config', message });
}
