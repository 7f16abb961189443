import { asLedgerError, LedgerError } from '../returns/failure';
import { OWNERS, titleOf } from '../returns/exception-catalogue';
import { thingOf } from '../returns/exception-cause';
import { instantOf, systemClock } from '../returns/time';
import { actionOf, bodyOf, REFUSALS, userOf } from '../runtime/admin-requests';
import { livingBehaviour, livingLabel } from '../runtime/define-node';
import { readCommand, sendsOn, type RouterCommand } from '../runtime/exception-commands';
import { obeyCommand, type DeskAnswer } from '../runtime/exception-desk';
import type { HttpRequestIn, HttpResponseOut, NodeRed } from '../runtime/node-red';
import { redact } from '../runtime/redact';
import { routerFor } from '../runtime/living-routers';
import { RETURNS_STORE, type ReturnsStoreBehaviour } from '../runtime/returns-store';
import type { ReturnsStore } from '../store/store';
import type { SidebarPulse } from './sidebar-pulse';

const PERMISSION = 'returns-exception-router';
const BASE = '/returns-ledger/sidebar';

/**
 * What the sidebar *Returns* asks, below `/returns-ledger/sidebar`:
 *
 * - `GET /overview`: the returns stores with their counts; and from now on changes are told through comms for a while
 * - `GET /:store/groups`, `/:store/exceptions` (filters as of `msg.command` list), `/:store/exceptions/:exception`,
 *   `/:store/waiting`
 * - `POST /:store/exceptions/:exception/:action`, `/:store/group/:action` with `{ cause, router, … }`, and
 *   `/:store/waiting/retry` with `{ waitsOn }`
 *
 * Reading is behind `returns-exception-router.read`, the rest behind `.write`. Resumed returns go on at the router that
 * parked them; where none runs that could send them on, that is refused.
 */
export function serveSidebar(RED: NodeRed, pulse: SidebarPulse): void {
  const read = RED.auth.needsPermission(`${PERMISSION}.read`);
  const write = RED.auth.needsPermission(`${PERMISSION}.write`);
  const get = (path: string, answer: (request: HttpRequestIn) => Promise<unknown>): void =>
    RED.httpAdmin.get(`${BASE}${path}`, read, (request, response) =>
      respond(response, () => answer(request)),
    );
  const post = (path: string, answer: (request: HttpRequestIn) => Promise<unknown>): void =>
    RED.httpAdmin.post(`${BASE}${path}`, write, (request, response) =>
      respond(response, async () => {
        const answered = await answer(request);
        pulse.lookNow();
        return answered;
      }),
    );

  get('/overview', async () => ({ stores: await pulse.watched(), owners: OWNERS }));
  get('/:store/groups', async (request) => {
    const { filter } = listOf(request);
    const { raisedBefore, ...query } = filterOf(filter);
    const store = await storeOf(request);
    const { groups, ...totals } = await store.rankedGroups(
      { ...query, ...(raisedBefore === undefined ? {} : { raisedBefore }) },
      now(),
    );
    const described = groups.map((group) => ({
      ...group,
      title: titleOf(group.code),
      thing: thingOf(group.cause),
      routerName: livingLabel(group.router),
    }));
    return { ...totals, groups: described };
  });
  get('/:store/exceptions', async (request) => {
    const answer = await obey(listOf(request), request);
    return { total: answer.total, exceptions: answer.payload as Listed[] };
  });
  get('/:store/exceptions/:exception', async (request) => {
    const id = request.params['exception'];
    const command = readCommand('show', { id });
    const answer = command && (await obey(command, request));
    if (!answer || answer.payload === null) throw unknown(id ?? '');
    const parked = await (await storeOf(request)).parkedException(id ?? '');
    return {
      ...(answer.payload as Listed),
      router: parked?.router ?? null,
      routerName: livingLabel(parked?.router ?? ''),
    };
  });
  get('/:store/waiting', async (request) => {
    const groups = await (await storeOf(request)).waitingGroups();
    return {
      groups: groups.map((group) => ({
        ...group,
        reason: group.reason && { ...group.reason, what: redact(group.reason.what) },
        name: group.waitsOn === null ? null : livingLabel(group.waitsOn),
      })),
    };
  });

  post('/:store/exceptions/:exception/:action', async (request) => {
    const id = request.params['exception'] ?? '';
    const command = readCommand(actionOf(request), { ...bodyOf(request), id });
    const store = await storeOf(request);
    const parked = await store.parkedException(id);
    if (!command || !parked) throw unknown(id);
    const { payload } = await act(RED, command, parked.router, request, store);
    return { payload };
  });
  post('/:store/group/:action', async (request) => {
    const { router, ...body } = bodyOf(request);
    const command = readCommand(actionOf(request), body);
    if (!command || typeof router !== 'string' || typeof body['cause'] !== 'string') {
      throw invalid('"cause" and "router" say which group is meant');
    }
    const { total } = await act(RED, ofRouter(command, router), router, request, await storeOf(request));
    return { count: total };
  });
  post('/:store/waiting/retry', async (request) => {
    const { waitsOn } = bodyOf(request);
    if (typeof waitsOn !== 'string' || waitsOn === '') throw invalid('"waitsOn" is the id of a connection');
    await (await storeOf(request)).hastenDeliveries(waitsOn, now());
    return { ok: true };
  });
}

type Listed = Record<string, unknown>;

/** What only reads. */
async function obey(command: RouterCommand, request: HttpRequestIn): Promise<DeskAnswer> {
  const store = await storeOf(request);
  return obeyCommand(command, { store, source: '', who: userOf(request), now: now() });
}

/** The router does it, for it sends on what goes on. What stays where it is can be done without one. */
async function act(
  RED: NodeRed,
  command: RouterCommand,
  parkedBy: string,
  request: HttpRequestIn,
  store: ReturnsStore,
): Promise<DeskAnswer> {
  const router = await routerFor(RED, parkedBy, store);
  const who = userOf(request);
  if (router) return router.obey(command, who);
  if (sendsOn(command)) {
    throw new LedgerError({
      code: 'router-not-running',
      class: 'config',
      message:
        'The Exception Router that parked this does not run, so nobody would send it on. Deploy its flow, then resume.',
    });
  }
  return obeyCommand(command, { store, source: '', who, now: now() });
}

/** A group is what waits at one router: another brand's flow has its own. */
function ofRouter(command: RouterCommand, router: string): RouterCommand {
  switch (command.command) {
    case 'resume':
      return 'ids' in command.selection
        ? command
        : { ...command, selection: { ...command.selection, router } };
    case 'assign':
    case 'note':
    case 'resolve':
    case 'discard':
      return 'cause' in command.which ? { ...command, which: { ...command.which, router } } : command;
    default:
      throw invalid('This can be done to one exception only');
  }
}

function listOf(request: HttpRequestIn): Extract<RouterCommand, { command: 'list' }> {
  const command = readCommand('list', request.query);
  if (command?.command !== 'list') throw invalid('A list is asked for');
  return command;
}

function filterOf(filter: ReturnType<typeof listOf>['filter']): {
  limit: number;
  raisedBefore?: string;
} {
  const { olderThan, ...rest } = filter;
  const query = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const before =
    olderThan === undefined
      ? {}
      : { raisedBefore: new Date(Date.parse(now()) - olderThan * 3_600_000).toISOString() };
  return { ...query, ...before, limit: filter.limit };
}

async function storeOf(request: HttpRequestIn): Promise<ReturnsStore> {
  const id = request.params['store'] ?? '';
  const found = livingBehaviour(id, RETURNS_STORE) as ReturnsStoreBehaviour | undefined;
  if (!found) {
    throw new LedgerError({
      code: 'store-unknown',
      class: 'config',
      message: 'This returns store is not running: was it deployed?',
    });
  }
  return found.open();
}

function respond(response: HttpResponseOut, answer: () => Promise<unknown>): void {
  answer().then(
    (body) => response.json(body),
    (thrown: unknown) => {
      const { code, message } = asLedgerError(thrown);
      response.status(REFUSALS[code] ?? 503).json({ code, message: redact(message) });
    },
  );
}

function invalid(message: string): LedgerError {
  return new LedgerError({ code: 'command-invalid', class: 'data-invalid', message });
}

function unknown(id: string): LedgerError {
  return new LedgerError({
    code: 'exception-unknown',
    class: 'data-invalid',
    message: `There is no exception ${id.slice(0, 60)} any more`,
  });
}

function now(): string {
  return instantOf(systemClock);
}
