import { LedgerError } from '../returns/failure';
import type { HttpRequestIn } from './node-red';
import { isUntouched } from './raw-requests';

/**
 * Reads a request's raw bytes: a signature is over these, not over what a parser makes of them.
 *
 * Throws `body-too-large`, `body-too-slow`, `body-cut-off` (class `data-invalid`), or `body-parsed` (class `config`)
 * where a middleware of the user's settings has consumed the bytes already.
 */
export async function readRawBody(
  request: HttpRequestIn,
  limits: { maxBytes: number; timeoutMs: number },
): Promise<Buffer> {
  if (!isUntouched(request)) {
    throw new LedgerError({
      code: 'body-parsed',
      class: 'config',
      message: 'A middleware in the Node-RED settings parsed the body before its signature could be checked',
    });
  }
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limits.maxBytes) throw tooLarge(limits.maxBytes);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (act: () => void): void => {
      clearTimeout(timer);
      request.removeAllListeners('data');
      request.removeListener('end', complete);
      request.removeListener('aborted', cutOff);
      request.removeListener('error', cutOff);
      act();
    };
    const complete = (): void => end(() => resolve(Buffer.concat(chunks, size)));
    const cutOff = (): void =>
      end(() => {
        // An error after this point has nobody to tell.
        request.on('error', () => undefined);
        reject(bodyError('body-cut-off', 'The request ended before its body was complete'));
      });
    const timer = setTimeout(
      () =>
        end(() =>
          reject(bodyError('body-too-slow', `The body took longer than ${limits.timeoutMs / 1000} s`)),
        ),
      limits.timeoutMs,
    );
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limits.maxBytes) end(() => reject(tooLarge(limits.maxBytes)));
      else chunks.push(chunk);
    });
    request.on('end', complete);
    request.on('aborted', cutOff);
    request.on('error', cutOff);
  });
}

function tooLarge(maxBytes: number): LedgerError {
  return bodyError('body-too-large', `The body is larger than ${Math.round(maxBytes / 1024)} kB`);
}

function bodyError(code: string, message: string): LedgerError {
  return new LedgerError({ code, class: 'data-invalid', message });
}
