/** What the server was asked and refused: `status` 0 where it does not answer. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * Asks the pack's routes with the editor's own permissions.
 * @returns {(method: string, path: string, data?: object) => Promise<any>}
 */
export function asking($) {
  const ask = (method, path, data) =>
    new Promise((resolve, reject) => {
      const reading = method === 'GET';
      $.ajax({
        url: 'returns-ledger/sidebar' + path,
        method,
        headers: { 'Cache-Control': 'no-cache' },
        dataType: 'json',
        ...(reading
          ? { data: given(data) }
          : { contentType: 'application/json', data: JSON.stringify(data || {}) }),
      })
        .done(resolve)
        .fail((failure) => {
          const { message } = failure.responseJSON || {};
          reject(new Refusal(failure.status, message || failure.statusText));
        });
    });
  return ask;
}

/** Filters that are not set are not sent. */
function given(data = {}) {
  return Object.fromEntries(
    Object.entries(data).filter(([, value]) => value !== '' && value !== null && value !== undefined),
  );
}
