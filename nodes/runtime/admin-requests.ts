import { readWho } from './exception-commands';
import type { HttpRequestIn } from './node-red';

/** What a request wants done. Reading has addresses of its own, behind the other permission, so it is none of these. */
export function actionOf(request: HttpRequestIn): string {
  const action = request.params['action'] ?? '';
  return action === 'list' || action === 'show' || action === '' ? 'unknown' : action;
}

/** The fields of a request's body; none where it is no object. */
export function bodyOf(request: HttpRequestIn): Record<string, unknown> {
  const { body } = request;
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : {};
}

/** The user that Node-RED knows, else the editor. */
export function userOf(request: HttpRequestIn): string {
  const name = request.user?.username;
  return typeof name === 'string' && name.trim() !== '' ? readWho(name) : 'editor';
}

/** With which status a refusal is answered; whatever else fails is answered with 503. */
export const REFUSALS: Readonly<Record<string, number>> = {
  'command-invalid': 400,
  'edit-refused': 409,
  'exception-unknown': 404,
  'output-not-wired': 409,
  'router-not-running': 409,
  'store-unknown': 404,
};
