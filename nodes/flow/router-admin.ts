import { asLedgerError } from '../returns/failure';
import { actionOf, bodyOf, REFUSALS, userOf } from '../runtime/admin-requests';
import { livingBehaviour } from '../runtime/define-node';
import { EXCEPTION_ROUTER, type RouterBehaviour } from '../runtime/living-routers';
import type { HttpRequestIn, HttpResponseOut, NodeRed } from '../runtime/node-red';
import { redact } from '../runtime/redact';
import { readCommand, type RouterCommand } from '../runtime/exception-commands';
import { exceptionCodes } from './exception-codes';
import type { DeskAnswer } from '../runtime/exception-desk';

export { EXCEPTION_ROUTER, type RouterBehaviour };

/**
 * What people do with exceptions outside the flow, below `/returns-ledger/returns-exception-router/<node id>`:
 *
 * - `GET /exceptions?owner=…` and `GET /exceptions/<id>`, behind `returns-exception-router.read`
 * - `POST /exceptions/<id>/<action>` and `POST /group/<action>`, behind `returns-exception-router.write`
 *
 * And for the dialog, behind `.read`: `GET /returns-ledger/returns-exception-router/codes`, the catalogue in short.
 *
 * The actions and their fields are those of `msg.command`. Who acts is the user of the request.
 */
export function serveExceptions(RED: NodeRed): void {
  const base = `/returns-ledger/${EXCEPTION_ROUTER}/:id`;
  const read = RED.auth.needsPermission(`${EXCEPTION_ROUTER}.read`);
  const write = RED.auth.needsPermission(`${EXCEPTION_ROUTER}.write`);
  RED.httpAdmin.get(`/returns-ledger/${EXCEPTION_ROUTER}/codes`, read, (_request, response) => {
    response.json(exceptionCodes());
  });
  RED.httpAdmin.get(`${base}/exceptions`, read, (request, response) =>
    serve(request, response, () => readCommand('list', request.query)),
  );
  RED.httpAdmin.get(`${base}/exceptions/:exception`, read, (request, response) =>
    serve(request, response, () => readCommand('show', { id: request.params['exception'] })),
  );
  RED.httpAdmin.post(`${base}/exceptions/:exception/:action`, write, (request, response) =>
    serve(request, response, () =>
      readCommand(actionOf(request), { ...bodyOf(request), id: request.params['exception'] }),
    ),
  );
  RED.httpAdmin.post(`${base}/group/:action`, write, (request, response) =>
    serve(request, response, () => readCommand(actionOf(request), bodyOf(request))),
  );
}

function serve(request: HttpRequestIn, response: HttpResponseOut, read: () => RouterCommand | null): void {
  const behaviour = livingBehaviour(request.params['id'] ?? '', EXCEPTION_ROUTER) as
    RouterBehaviour | undefined;
  if (!behaviour) {
    response.sendStatus(404);
    return;
  }
  const obey = async (): Promise<DeskAnswer | null> => {
    const command = read();
    return command && behaviour.obey(command, userOf(request));
  };
  obey().then(
    (answer) => {
      if (!answer || answer.payload === null) response.sendStatus(404);
      else response.json({ payload: answer.payload, total: answer.total, count: answer.count });
    },
    (thrown: unknown) => {
      const { code, message } = asLedgerError(thrown);
      const status = REFUSALS[code] ?? 503;
      response.status(status).json({ code, message: redact(message) });
    },
  );
}
