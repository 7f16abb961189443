import { LedgerError } from '../../returns/failure';
import type { ConnectionTestResult } from '../../runtime/connection-test';
import { testSteps } from '../connector-parts';
import type { D365Client } from './client';
import { describeMissing, missingByDocument, missingNames } from './metadata';
import type { NamesOf } from './names';
import { eq } from './odata';

const REFUSED =
  'Dynamics 365 refused the application: register the client ID there under System administration > Setup > ' +
  'Microsoft Entra applications, with a user that may read and write return orders.';

/** What the environment of a connection has of the names that are sent to it. */
export class FscmEnvironment {
  private readonly checked = new Map<NamesOf | undefined, Promise<void>>();
  private missing: Promise<ReturnType<typeof missingByDocument>> | undefined;

  constructor(
    private readonly client: D365Client,
    private readonly company: string,
  ) {}

  /**
   * Throws `d365-names-missing` (config) where the environment lacks what is sent; asked once, then remembered.
   *
   * @param of the document whose names are asked for; without, those of every document
   */
  ready(signal?: AbortSignal, of?: NamesOf): Promise<void> {
    const known = this.checked.get(of);
    if (known) return known;
    const checking = this.check(of, signal).catch((thrown: unknown) => {
      this.checked.delete(of);
      throw thrown;
    });
    this.checked.set(of, checking);
    return checking;
  }

  private async check(of: NamesOf | undefined, signal?: AbortSignal): Promise<void> {
    this.missing ??= this.client.metadata(signal).then(missingByDocument);
    const asked = this.missing;
    const forget = (): void => {
      if (this.missing === asked) this.missing = undefined;
    };
    asked.catch(forget);
    const sentence = describeMissing((await asked).get(of) ?? []);
    if (sentence === null) return;
    // Somebody may add it, so it is read anew.
    forget();
    throw new LedgerError({ code: 'd365-names-missing', class: 'config', message: sentence });
  }

  /** The Test connection button: sign-in, company, names. Stops at the first step that fails. */
  test(label: string, signal?: AbortSignal): Promise<ConnectionTestResult> {
    const { client, company } = this;
    return testSteps(label, REFUSED, async (tell) => {
      const found = await client.list(
        'LegalEntities',
        { filter: eq('LegalEntityId', company), select: ['LegalEntityId'] },
        signal,
      );
      tell({ ok: true, text: 'Signed in to Dynamics 365.' });
      tell(
        found.length > 0
          ? { ok: true, text: `Company ${company} is there.` }
          : {
              ok: false,
              text: `Company ${company} does not exist, or the application’s user may not see it.`,
            },
      );
      const missing = describeMissing(missingNames(await client.metadata(signal)));
      tell(
        missing === null
          ? { ok: true, text: 'All entities and fields are there.' }
          : { ok: false, text: missing },
      );
    });
  }
}
