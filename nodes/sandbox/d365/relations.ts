import { entityOf } from './entities';
import { companyOf, find, text, type Erp } from './erp';
import type { Row, Value } from './odata-filter';
import { fieldRefusal, Refusal, sourceNoise } from './refusal';

const DIMENSIONS = {
  ProductConfigurationId: 'Configuration',
  ProductSizeId: 'Size',
  ProductColorId: 'Color',
  ProductStyleId: 'Style',
  ProductVersionId: 'Version',
} as const;

/** The checks of one field against another table, in the words of A15. They run in the order of the fields (A2). */
export class Relations {
  constructor(
    private readonly erp: Erp,
    /** The class that refusals name. */
    private readonly entity: string,
  ) {}

  required(row: Row, field: string, label: string): void {
    if (text(row, field) !== '') return;
    throw new Refusal(
      this.entity,
      [`Field '${label}' must be filled in.`],
      `validateField failed on field '${this.entity}.${field}'`,
    );
  }

  related(row: Row, field: string, set: string, key: string, label: string): void {
    const company = companyOf(row, this.erp.data);
    this.known(row, field, label, (value) => this.exists(set, { dataAreaId: company, [key]: value }));
  }

  known(row: Row, field: string, label: string, known: (value: string) => boolean): void {
    const value = text(row, field);
    if (value !== '' && !known(value)) throw fieldRefusal(this.entity, value, label, field);
  }

  exists(set: string, key: Row): boolean {
    return find(this.erp.data, set, key) !== undefined;
  }

  /** A stopped item, or one whose lifecycle state forbids it, is refused (A15). */
  notStopped(company: Value, item: string, orderType: string, source: string): void {
    const { data } = this.erp;
    const settings = find(data, 'ProductDefaultOrderSettings', { dataAreaId: company, ItemNumber: item });
    if (settings?.['IsSalesProcessingStopped'] === 'Yes') {
      throw this.refused(`Item ${item} is blocked for '${orderType}'.`, source);
    }
    const product = find(data, 'ReleasedProductsV2', { dataAreaId: company, ItemNumber: item });
    const state = text(product, 'ProductLifecycleStateId');
    const process = data
      .table('ProductLifecycleStateProcesses')
      .find({ op: 'eq', field: 'LifecycleStateId', value: state })
      .find((row) => row['ApplicableProcessArea'] === 'Sales');
    if (process?.['ProcessPolicy'] === 'Error') {
      throw this.refused(
        `The product lifecycle state '${state}' of item ${item} does not allow the process 'Sales order'.`,
        source,
      );
    }
  }

  /** A product master wants the dimensions of one of its variants (A6, A15). */
  variant(row: Row, source: string): void {
    const company = companyOf(row, this.erp.data);
    const item = text(row, 'ItemNumber');
    const variants = this.erp.data
      .table('ReleasedProductVariantsV2')
      .find({ op: 'eq', field: 'ProductMasterNumber', value: item })
      .filter((variant) => variant['dataAreaId'] === company);
    for (const [field, label] of Object.entries(DIMENSIONS)) {
      const used = variants.some((variant) => text(variant, field) !== '');
      const value = text(row, field);
      if (used && value === '') {
        throw this.refused(
          `Inventory dimension ${label} is mandatory and must consequently be specified.`,
          source,
        );
      }
      const assigned = value === '' || variants.some((variant) => same(text(variant, field), value));
      if (!assigned)
        throw this.refused(`${label} ${value} has not been assigned to the product ${item}.`, source);
    }
    const complete = variants.some((variant) =>
      Object.keys(DIMENSIONS).every((field) => same(text(variant, field), text(row, field))),
    );
    if (variants.length > 0 && !complete)
      throw this.refused(`The variant has not been assigned to the product ${item}.`, source);
  }

  lengths(set: string, body: Row): void {
    for (const [field, value] of Object.entries(body)) {
      const longest = this.erp.rules.fieldLengths[field];
      if (longest === undefined || typeof value !== 'string' || value.length <= longest) continue;
      throw new Refusal(
        entityOf(set)?.internal ?? set,
        [`The value of ${field} is longer than ${longest} characters.`],
        `validateField failed on field '${field}'`,
      );
    }
  }

  refused(reason: string, source: string): Refusal {
    return new Refusal(this.entity, [reason], sourceNoise(source));
  }
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
