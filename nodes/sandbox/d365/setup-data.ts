import type { World } from '../world';
import type { Row } from './odata-filter';
import type { ErpRules } from './rules';
import type { Table } from './tables';

interface Filled {
  table(set: string): Table;
}

/** Fills what somebody set up in each company before the first return: codes, warehouses, units, periods, payments. */
export function setUp(
  data: Filled,
  world: World,
  companies: readonly string[],
  rules: Pick<ErpRules, 'quarantineWarehouse' | 'specialProducts'>,
): void {
  shared(data);
  for (const company of companies) {
    data.table('LegalEntities').put({ LegalEntityId: company, Name: `Company ${company}` });
    warehouses(data, world, company, rules.quarantineWarehouse);
    returnCodes(data, company);
    payments(data, world, company);
    taxes(data, company);
    periods(data, company);
    if (rules.specialProducts) specialProducts(data, company);
    for (const [name, code] of [
      ['SalesId', 'SO'],
      ['ReturnItemNum', 'RMA'],
    ] as const) {
      data.table('NumberSequencesV2References').put({
        ScopeType: 'DataArea',
        ScopeValue: company,
        DataTypeName: name,
        NumberSequenceCode: `${company}-${code}`,
      });
    }
  }
}

function warehouses(data: Filled, world: World, company: string, quarantine: string): void {
  data.table('OperationalSitesV2').put({ dataAreaId: company, SiteId: world.site, SiteName: 'Main site' });
  const add = (id: string, more: Row = {}): void => {
    data.table('Warehouses').put({
      dataAreaId: company,
      WarehouseId: id,
      OperationalSiteId: world.site,
      ...more,
    });
  };
  const own = [world.mainWarehouse, world.returnWarehouse];
  for (const id of own) add(id, { QuarantineWarehouseId: quarantine });
  if (quarantine !== '') add(quarantine, { WarehouseType: 'Quarantine' });
  for (const warehouse of own) {
    for (const location of ['BULK', 'INSPECT']) {
      data.table('WarehouseLocations').put({
        dataAreaId: company,
        WarehouseId: warehouse,
        WarehouseLocationId: location,
      });
    }
  }
}

function returnCodes(data: Filled, company: string): void {
  for (const [code, action] of [
    ['CREDIT', 'Credit'],
    ['CREDONLY', 'CreditOnly'],
    ['SCRAP', 'Scrap'],
    ['REPLCRED', 'ReplaceCredit'],
    ['REPLSCRAP', 'ReplaceScrap'],
    ['BACK', 'ReturnToCust'],
  ] as const) {
    data.table('ReturnDispositionCodes').put({
      dataAreaId: company,
      DispositionCode: code,
      DispositionAction: action,
    });
  }
  for (const reason of ['FIT', 'DMG', 'MIND', 'WRONG']) {
    data
      .table('ReturnReasonCodeBiEntities')
      .put({ dataAreaId: company, ReasonCodeId: reason, Description: reason });
  }
}

function shared(data: Filled): void {
  for (const [unit, digits] of [
    ['ea', 0],
    ['box', 0],
    ['kg', 2],
  ] as const) {
    data.table('UnitsOfMeasure').put({
      UnitSymbol: unit,
      DecimalPrecision: digits,
      UnitClass: unit === 'kg' ? 'Mass' : 'Quantity',
    });
  }
  data.table('UnitOfMeasureConversions').put({
    FromUnitSymbol: 'box',
    ToUnitSymbol: 'ea',
    Factor: 12,
    Numerator: 1,
    Denominator: 1,
  });
  for (const state of ['Active', 'Obsolete'])
    data.table('ProductLifecycleStates').put({ LifecycleStateId: state });
  data.table('ProductLifecycleStateProcesses').put({
    LifecycleStateId: 'Obsolete',
    ProcessName: 'Sales order',
    ProcessPolicy: 'Error',
    ApplicableProcessArea: 'Sales',
  });
}

function payments(data: Filled, world: World, company: string): void {
  for (const [name, type, reference] of [
    ['CARD', 'CreditCard', 'No'],
    ['CHECK', 'Check', 'No'],
    ['BANK', 'ElectronicPayment', 'Yes'],
    ['GIFT', 'Other', 'No'],
  ] as const) {
    data.table('CustomerPaymentMethods').put({
      dataAreaId: company,
      Name: name,
      PaymentType: type,
      AccountType: 'Bank',
      PaymentAccountDisplayValue: `BANK-${world.currency}`,
      ValidatePaymentReferenceIsMandatory: reference,
    });
  }
  data.table('CallCenterRefundMethods').put({
    dataAreaId: company,
    CurrencyCode: world.currency,
    TenderTypeId: 'CHECK',
    PaymentMode: 'CHECK',
  });
}

function taxes(data: Filled, company: string): void {
  data.table('TaxGroups').put({ dataAreaId: company, TaxGroupCode: 'DOM' });
  data.table('TaxCodes').put({ dataAreaId: company, TaxCode: 'STD' });
  data.table('TaxGroupDatas').put({ dataAreaId: company, TaxGroupCode: 'DOM', TaxCode: 'STD' });
  for (const group of ['FULL', 'REDUCED']) {
    data.table('TaxItemGroups').put({ dataAreaId: company, TaxItemGroupCode: group });
  }
}

/** Calendar months, all open. The dates are in one set and the states in another, as there (A8). */
function periods(data: Filled, company: string): void {
  for (let year = 2020; year <= 2035; year += 1) {
    for (let month = 0; month < 12; month += 1) {
      const period = `Period ${month + 1}`;
      data.table('FiscalPeriods').put({
        Calendar: 'CAL',
        FiscalYear: String(year),
        StartDate: new Date(Date.UTC(year, month, 1)).toISOString(),
        EndDate: new Date(Date.UTC(year, month + 1, 0)).toISOString(),
        PeriodName: period,
        Type: 'Operating',
      });
      data.table('LedgerFiscalPeriods').put({
        LedgerName: company,
        Calendar: 'CAL',
        YearName: String(year),
        PeriodName: period,
        LegalEntityId: company,
        PeriodStatus: 'Open',
      });
    }
  }
}

/** A return fee (a service), and a product master whose variants must be named. */
function specialProducts(data: Filled, company: string): void {
  const products = data.table('ReleasedProductsV2');
  const common = { dataAreaId: company, SalesUnitSymbol: 'ea', ProductLifecycleStateId: 'Active' };
  products.put({ ...common, ItemNumber: 'RETURN-FEE', ProductNumber: 'RETURN-FEE', ProductType: 'Service' });
  products.put({
    ...common,
    ItemNumber: 'TEE-MASTER',
    ProductNumber: 'TEE-MASTER',
    ProductType: 'Item',
    InventoryUnitSymbol: 'ea',
    ProductDimensionGroupName: 'SizeCol',
  });
  for (const [size, colour] of [
    ['M', 'Blue'],
    ['L', 'Blue'],
    ['M', 'Black'],
  ] as const) {
    data.table('ReleasedProductVariantsV2').put({
      dataAreaId: company,
      ProductMasterNumber: 'TEE-MASTER',
      ProductSizeId: size,
      ProductColorId: colour,
      ItemNumber: 'TEE-MASTER',
      ProductVariantNumber: `TEE-MASTER : ${size} : ${colour}`,
      ProductLifecycleStateId: 'Active',
    });
  }
}
