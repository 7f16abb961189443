import type { HttpHandler, HttpRequestIn, HttpResponseOut, NodeRed } from '../../nodes/runtime/node-red';

export type Answer = { status: number; body: Record<string, unknown> };
export type Call = { params?: Record<string, string>; query?: object; body?: unknown; user?: string };

/** Admin routes as a user with some permissions reaches them, without a server. */
export function adminRoutes(
  RED: NodeRed,
  allowed: readonly string[],
  below = '',
): { admin: NodeRed; ask: (route: string, call?: Call) => Promise<Answer> } {
  const routes = new Map<string, HttpHandler[]>();
  const add =
    (method: string) =>
    (path: string, ...handlers: HttpHandler[]): void =>
      void routes.set(`${method} ${path.replace(below, '')}`, handlers);
  const admin: NodeRed = {
    ...RED,
    httpAdmin: { all: add('ALL'), get: add('GET'), post: add('POST') },
    auth: {
      needsPermission: (permission) => (_request, response, next) =>
        allowed.includes(permission) ? next() : response.sendStatus(401),
    },
  };
  const ask = (route: string, { params = {}, query = {}, body, user }: Call = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      let status = 200;
      const response = {
        status: (code: number) => {
          status = code;
          return response;
        },
        json: (answer: Record<string, unknown>) => resolve({ status, body: answer }),
        sendStatus: (code: number) => resolve({ status: code, body: {} }),
      };
      const request = { params, query, body, ...(user === undefined ? {} : { user: { username: user } }) };
      const [guard, handler] = routes.get(route) ?? [];
      if (!guard) {
        reject(new Error(`There is no route ${route}`));
        return;
      }
      const asked = [request as unknown as HttpRequestIn, response as unknown as HttpResponseOut] as const;
      guard(...asked, () => handler?.(...asked, () => undefined));
    });
  return { admin, ask };
}
