import { asLedgerError } from '../../returns/failure';
import type { D365Settings } from '../settings';
import { ADVANCED_WAREHOUSE, DISPOSITION_ACTION, type AuditedSet } from './names';
import { eq } from './odata';
import type { ArrivalParts } from './parts';
import { textOf, type D365Row } from './rows';

/** So long is believed what somebody set up in D365: it changes rarely. */
const AGE_MS = 600_000;

/** How warehouses and disposition codes are set up in D365, as far as arrivals depend on it. */
export interface ArrivalSetup {
  /** Whether goods are received in the warehouse app there, and not by arrival journal (D3). */
  isAdvanced(warehouse: string): boolean;
  /** What a disposition code does (A4.2); undefined where there is none such, null where D365 does not tell. */
  actionOf(code: string): string | undefined | null;
}

interface Known {
  at: number;
  warehouses: readonly D365Row[] | null;
  codes: readonly D365Row[] | null;
}

/** By the settings of a connection: many returns at once have a client each. */
const known = new WeakMap<D365Settings, Known>();

/** Reads the setup, at most every ten minutes. An environment that lacks one of the sets can receive goods all the same. */
export async function arrivalSetup(
  { client, settings, surroundings }: Pick<ArrivalParts, 'client' | 'settings' | 'surroundings'>,
  signal?: AbortSignal,
): Promise<ArrivalSetup> {
  const now = surroundings.elapsed();
  let setup = known.get(settings);
  if (!setup || now - setup.at >= AGE_MS) {
    const [warehouses, codes] = await Promise.all([
      rowsIn(client, 'Warehouses', settings.company, signal),
      rowsIn(client, 'ReturnDispositionCodes', settings.company, signal),
    ]);
    setup = { at: now, warehouses, codes };
    known.set(settings, setup);
  }
  const { warehouses, codes } = setup;
  const find = (rows: readonly D365Row[] | null, field: string, value: string): D365Row | undefined =>
    rows?.find((row) => textOf(row, field).toLowerCase() === value.toLowerCase());
  return {
    isAdvanced: (warehouse) => find(warehouses, 'WarehouseId', warehouse)?.[ADVANCED_WAREHOUSE] === 'Yes',
    actionOf: (code) => {
      if (codes === null) return null;
      const row = find(codes, 'DispositionCode', code);
      return row === undefined ? undefined : textOf(row, DISPOSITION_ACTION);
    },
  };
}

/** Whole rows: a field that the environment lacks is then only not there. Null where the set itself is not. */
async function rowsIn(
  client: ArrivalParts['client'],
  set: AuditedSet,
  company: string,
  signal?: AbortSignal,
): Promise<D365Row[] | null> {
  try {
    return await client.list(set, { filter: eq('dataAreaId', company) }, signal);
  } catch (thrown) {
    if (asLedgerError(thrown).code === 'd365-not-found') return null;
    throw thrown;
  }
}
