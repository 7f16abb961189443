import { LedgerError } from '../returns/failure';
import { parsePath, valueAt } from '../returns/path-expression';
import type { NodeMessage, NodeRed } from '../runtime/node-red';

/** Tells what a message is grouped by. Rejects with `batch-expression` (data-invalid) where it has no usable value. */
export type GroupExpression = (message: NodeMessage) => Promise<string>;

const LONGEST = 200;

/**
 * Prepares the expression of the dialog: a path into the message, or JSONata as the core nodes take it. Null for none.
 * Throws `path-invalid` or `jsonata-invalid` (config).
 */
export function groupExpression(
  RED: NodeRed,
  nodeId: string,
  type: 'msg' | 'jsonata',
  text: string,
): GroupExpression | null {
  if (text === '') return null;
  if (type === 'msg') {
    const path = parsePath(text);
    // The whole runs in a promise, so that what it throws is its rejection.
    return async (message) => Promise.resolve(usable(valueAt(path, message), text));
  }
  const evaluate = jsonata(RED, nodeId, text);
  return async (message) => usable(await evaluate(message), text);
}

function jsonata(RED: NodeRed, nodeId: string, text: string): (message: NodeMessage) => Promise<unknown> {
  const { prepareJSONataExpression: prepare, evaluateJSONataExpression: evaluate } = RED.util;
  if (!prepare || !evaluate) throw new Error('This Node-RED evaluates no JSONata');
  let prepared: unknown;
  try {
    prepared = prepare(text, RED.nodes.getNode(nodeId));
  } catch (thrown) {
    throw new LedgerError({
      code: 'jsonata-invalid',
      class: 'config',
      message: `The expression "${text.slice(0, 60)}" is not JSONata: ${sentenceOf(thrown)}`,
    });
  }
  return (message) =>
    new Promise((resolve, reject) => {
      evaluate(prepared, message, (failure, value) => {
        if (failure) reject(failed(`${text.slice(0, 60)}: ${sentenceOf(failure)}`));
        else resolve(value);
      });
    });
}

function usable(value: unknown, text: string): string {
  const name =
    typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value) ? String(value) : '';
  if (name.trim() === '') throw failed(`${text.slice(0, 60)} has no value`);
  if (name.length > LONGEST) throw failed(`the value of ${text.slice(0, 60)} is longer than ${LONGEST}`);
  return name;
}

function failed(what: string): LedgerError {
  return new LedgerError({ code: 'batch-expression', class: 'data-invalid', message: what });
}

/** JSONata throws objects with a message that are no errors. */
function sentenceOf(thrown: unknown): string {
  const { message } = thrown as { message?: unknown };
  return typeof message === 'string' ? message.slice(0, 200) : 'it failed';
}
