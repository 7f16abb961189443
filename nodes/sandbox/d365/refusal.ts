/** A business refusal as Finance & SCM words it: an Infolog behind a useless outer message (A2.1). */
export class Refusal extends Error {
  constructor(
    readonly entityClass: string,
    readonly reasons: readonly string[],
    /** The data source that the noise entry names, or the field. */
    readonly noise: string,
    readonly status?: number,
  ) {
    super(reasons.join('; '));
  }
}

/** The error body of A2.1. */
export function refusalBody(refusal: Refusal): string {
  const infolog = [
    ...refusal.reasons.map((reason) => `Warning: ${reason}`),
    `Warning: ${refusal.noise}`,
  ].join('; ');
  return JSON.stringify({
    error: {
      code: '',
      message: 'An error has occurred.',
      innererror: {
        message: `Write failed for table row of type '${refusal.entityClass}'. Infolog: ${infolog}.`,
        type: 'Microsoft.Dynamics.Platform.Integration.Services.OData.AxODataWriteException',
        stacktrace:
          '   at Microsoft.Dynamics.Platform.Integration.Services.OData.Update.UpdateProcessor.Commit()',
      },
    },
  });
}

/** The error body of OData itself, for a request that cannot be understood. */
export function queryErrorBody(message: string): string {
  return JSON.stringify({ error: { code: '', message } });
}

export function fieldRefusal(entityClass: string, value: string, label: string, field: string): Refusal {
  return new Refusal(
    entityClass,
    [`The value '${value}' in field '${label}' is not found in the related table '${label}s'.`],
    `validateField failed on field '${entityClass}.${field}'`,
  );
}

/** The noise entry that names the data source of a rule (A2.1). */
export function sourceNoise(source: string): string {
  return `validateWrite failed on data source '${source} (${source})'`;
}
