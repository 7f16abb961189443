import { z } from 'zod';
import { asLedgerError } from '../returns/failure';
import { settingsFault } from './define-node';
import type { HttpHandler, NodeRed } from './node-red';
import { redact } from './redact';

/** What the Test connection button shows: one sentence, and the checks one by one. */
export interface ConnectionTestResult {
  ok: boolean;
  message: string;
  checks?: readonly { ok: boolean; text: string }[];
}

/** Node-RED's editor sends this in place of a password that was not changed. */
const UNCHANGED = '__PWRD__';

/**
 * Serves the Test connection button of a config node: it tests what stands in the open dialog, with the stored
 * secrets where a password field was left alone, so that a consultant need not deploy to find out.
 * The route needs the permission `<type>.write`, since it makes the server call an address.
 */
export function serveConnectionTest(
  RED: NodeRed,
  type: string,
  test: (
    settings: Record<string, unknown>,
    secrets: Record<string, string | undefined>,
    signal: AbortSignal,
    /** Of the node, which may be deployed already. */
    id: string,
  ) => Promise<ConnectionTestResult>,
): void {
  const handler: HttpHandler = (request, response) => {
    const abort = new AbortController();
    response.on('close', () => abort.abort());
    const form = objectOf(request.body);
    const id = typeof form['id'] === 'string' ? form['id'] : '';
    const settings = objectOf(form['settings']);
    const secrets = mergeSecrets(RED.nodes.getCredentials(id) ?? {}, objectOf(form['credentials']));
    test(settings, secrets, abort.signal, id)
      .catch((thrown: unknown): ConnectionTestResult => ({
        ok: false,
        message: (thrown instanceof z.ZodError ? settingsFault(thrown) : asLedgerError(thrown)).message,
      }))
      .then((result) => {
        const checks = result.checks?.map((check) => ({ ok: check.ok, text: redact(check.text) }));
        response.json({ ok: result.ok, message: redact(result.message), checks: checks ?? [] });
      })
      .catch(() => response.end());
  };
  RED.httpAdmin.post(`/returns-ledger/${type}/test`, RED.auth.needsPermission(`${type}.write`), handler);
}

function mergeSecrets(
  stored: Record<string, string | undefined>,
  typed: Record<string, unknown>,
): Record<string, string | undefined> {
  const merged = { ...stored };
  for (const [field, value] of Object.entries(typed)) {
    if (typeof value === 'string' && value !== UNCHANGED) merged[field] = value;
  }
  return merged;
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
