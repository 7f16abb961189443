import { find, text, type Erp } from './erp';
import type { Row, Value } from './odata-filter';

/** Which parts of the ERP a period can be shut to (A8). */
export type Module = 'Cust' | 'Sales' | 'Invent' | 'Ledger' | 'Tax';

/** Why nothing may be posted on that day; null where it may. The texts are unknown [U] (A15). */
export function periodFault(
  erp: Erp,
  company: Value,
  date: string,
  modules: readonly Module[],
): string | null {
  const period = periodOf(erp, company, date);
  const day = date.slice(0, 10);
  if (!period) return `There is no fiscal period for ${day}.`;
  if (period['PeriodStatus'] === 'Closed') return `Fiscal period for ${day} is closed.`;
  if (period['PeriodStatus'] === 'OnHold') return `Fiscal period for ${day} is on hold.`;
  const shut = modules.find((module) => period[`${module}AccessLevel`] === 'None');
  return shut === undefined ? null : `Fiscal period for ${day} is not open for module ${shut}.`;
}

/** The company's period of a day: dates and states are in two sets, joined by calendar, year and name. */
export function periodOf(erp: Erp, company: Value, date: string): Row | undefined {
  const day = date.slice(0, 10);
  const dates = erp.data
    .table('FiscalPeriods')
    .find({ op: 'eq', field: 'FiscalYear', value: day.slice(0, 4) })
    .find((row) => text(row, 'StartDate').slice(0, 10) <= day && day <= text(row, 'EndDate').slice(0, 10));
  if (!dates) return undefined;
  return find(erp.data, 'LedgerFiscalPeriods', {
    LedgerName: company,
    Calendar: text(dates, 'Calendar'),
    YearName: text(dates, 'FiscalYear'),
    PeriodName: text(dates, 'PeriodName'),
  });
}

/** Sets the state of the period of a day. What was closed stays closed (A8). */
export function setPeriod(
  erp: Erp,
  company: Value,
  date: string,
  status: 'Open' | 'OnHold' | 'Closed',
): void {
  const period = periodOf(erp, company, date);
  if (!period) throw new Error(`The simulator has no fiscal period for ${date}`);
  if (period['PeriodStatus'] === 'Closed' && status !== 'Closed')
    throw new Error(`The fiscal period of ${date} is closed for good`);
  erp.data.table('LedgerFiscalPeriods').put({ ...period, PeriodStatus: status });
}
