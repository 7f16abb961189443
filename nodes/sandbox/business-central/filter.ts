import { decodeOption, type Entity, type Field } from './entity';
import { cutFilter, type Word } from './filter-words';
import type { Row, Value } from './records';
import { refuse } from './refusal';

type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';
type TextTest = 'contains' | 'startswith' | 'endswith';

export type Expression =
  | { op: 'and'; left: Expression; right: Expression }
  | { op: 'or'; left: Expression; right: Expression }
  | { op: 'not'; of: Expression }
  | { op: Comparison | TextTest; field: Field; folded: boolean; value: Value | null };

const COMPARISONS: ReadonlySet<string> = new Set(['eq', 'ne', 'gt', 'ge', 'lt', 'le']);
const TEXT_TESTS: ReadonlySet<string> = new Set(['contains', 'startswith', 'endswith']);

/**
 * Reads `$filter`. An `or` between two fields is refused; a lambda makes the whole expression be ignored (B2), which
 * finds every row. Null where there is nothing to filter.
 */
export function parseFilter(text: string, entity: Entity): Expression | null {
  if (/\/(any|all)\s*\(/.test(text)) return null;
  const reader = new FilterReader(cutFilter(text), entity);
  const expression = reader.readAll();
  checkOrs(expression);
  return expression;
}

class FilterReader {
  private at = 0;

  constructor(
    private readonly words: readonly Word[],
    private readonly entity: Entity,
  ) {}

  readAll(): Expression {
    const expression = this.readOr();
    const rest = this.words[this.at];
    if (rest) refuse('querySyntax', { why: `'${rest.value}' is not expected here` });
    return expression;
  }

  private readOr(): Expression {
    let left = this.readAnd();
    while (this.isName('or')) {
      this.at += 1;
      left = { op: 'or', left, right: this.readAnd() };
    }
    return left;
  }

  private readAnd(): Expression {
    let left = this.readTerm();
    while (this.isName('and')) {
      this.at += 1;
      left = { op: 'and', left, right: this.readTerm() };
    }
    return left;
  }

  private readTerm(): Expression {
    if (this.words[this.at]?.kind === 'open') {
      this.at += 1;
      const inner = this.readOr();
      this.expect('close');
      return inner;
    }
    if (this.isName('not')) {
      this.at += 1;
      return { op: 'not', of: this.readTerm() };
    }
    const name = this.expect('name').value;
    if (!TEXT_TESTS.has(name)) return this.readComparison(name);
    this.expect('open');
    const { field, folded } = this.readField(this.expect('name').value);
    this.expect('comma');
    const value = this.readValue(field);
    this.expect('close');
    return { op: name as TextTest, field, folded, value };
  }

  private readComparison(name: string): Expression {
    const { field, folded } = this.readField(name);
    const operator = this.expect('name').value;
    if (!COMPARISONS.has(operator)) refuse('querySyntax', { why: `operator '${operator}'` });
    return { op: operator as Comparison, field, folded, value: this.readValue(field) };
  }

  /** A field, or `tolower(field)`. */
  private readField(name: string): { field: Field; folded: boolean } {
    if (name === 'tolower' || name === 'toupper') {
      this.expect('open');
      const { field } = this.readField(this.expect('name').value);
      this.expect('close');
      return { field, folded: true };
    }
    const field = this.entity.fields.get(name);
    if (!field) return refuse('propertyUnknown', { field: name, type: this.entity.type });
    return { field, folded: false };
  }

  private readValue(field: Field): Value | null {
    const word = this.words[this.at];
    if (!word) return refuse('querySyntax', { why: 'a value is missing' });
    this.at += 1;
    if (word.kind === 'name' && word.value === 'null') return null;
    if (!fits(word, field)) {
      refuse('querySyntax', { why: `incompatible types for '${field.name}'` });
    }
    if (field.length > 0 && word.value.length > field.length) {
      const { name, length: limit } = field;
      const { value } = word;
      refuse('filterTooLong', { value, field: name, table: this.entity.table, length: value.length, limit });
    }
    if (field.kind === 'boolean') return word.value === 'true';
    if (field.kind === 'option') return decodeOption(word.value);
    return word.kind === 'number' ? Number(word.value) : word.value;
  }

  private isName(value: string): boolean {
    const word = this.words[this.at];
    return word?.kind === 'name' && word.value === value;
  }

  private expect(kind: Word['kind']): Word {
    const word = this.words[this.at];
    if (word?.kind !== kind) {
      return refuse('querySyntax', {
        why: word ? `'${word.value}' is not expected here` : 'it ends too early',
      });
    }
    this.at += 1;
    return word;
  }
}

function fits(word: Word, { kind }: Field): boolean {
  switch (kind) {
    case 'guid':
      return word.kind === 'guid';
    case 'decimal':
    case 'integer':
      return word.kind === 'number';
    case 'boolean':
      return word.value === 'true' || word.value === 'false';
    case 'date':
      return word.kind === 'date';
    case 'datetime':
      return word.kind === 'time';
    default:
      return word.kind === 'text';
  }
}

function checkOrs(expression: Expression): void {
  if (expression.op === 'not') {
    checkOrs(expression.of);
  } else if (expression.op === 'and' || expression.op === 'or') {
    if (expression.op === 'or' && new Set(fieldsOf(expression)).size > 1) refuse('orOnDistinctFields');
    checkOrs(expression.left);
    checkOrs(expression.right);
  }
}

function fieldsOf(expression: Expression): string[] {
  if (expression.op === 'not') return fieldsOf(expression.of);
  if (expression.op === 'and' || expression.op === 'or') {
    return [...fieldsOf(expression.left), ...fieldsOf(expression.right)];
  }
  return [expression.field.name];
}

/** Whether a row fits. Codes compare without regard to case; a star in an `eq` stands for anything (B7's own example). */
export function matches(expression: Expression, row: Row): boolean {
  switch (expression.op) {
    case 'and':
      return matches(expression.left, row) && matches(expression.right, row);
    case 'or':
      return matches(expression.left, row) || matches(expression.right, row);
    case 'not':
      return !matches(expression.of, row);
    default:
      return compare(expression.op, expression.field, expression.folded, row, expression.value);
  }
}

function compare(
  op: Comparison | TextTest,
  field: Field,
  folded: boolean,
  row: Row,
  wanted: Value | null,
): boolean {
  const held = row[field.name] ?? '';
  if (wanted === null) return op === 'ne';
  if (typeof held === 'number') return order(op, held - Number(wanted));
  if (typeof held === 'boolean') return order(op, Number(held) - Number(wanted));
  const fold = folded || field.kind === 'code' || field.kind === 'guid';
  const [left, right] = fold ? [held.toLowerCase(), String(wanted).toLowerCase()] : [held, String(wanted)];
  if (op === 'contains') return left.includes(right);
  if (op === 'startswith') return left.startsWith(right);
  if (op === 'endswith') return left.endsWith(right);
  if (right.includes('*') && (op === 'eq' || op === 'ne')) return (op === 'eq') === pattern(right).test(left);
  return order(op, left < right ? -1 : left > right ? 1 : 0);
}

function order(op: Comparison | TextTest, difference: number): boolean {
  if (op === 'eq') return difference === 0;
  if (op === 'ne') return difference !== 0;
  if (op === 'gt') return difference > 0;
  if (op === 'ge') return difference >= 0;
  return op === 'lt' ? difference < 0 : difference <= 0;
}

function pattern(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

/** Values of one field that a fitting row must have; null where an index cannot help. */
export function indexedValues(expression: Expression, field: string): string[] | null {
  if (expression.op === 'eq') {
    const { value } = expression;
    return expression.field.name === field && typeof value === 'string' && !value.includes('*')
      ? [value]
      : null;
  }
  if (expression.op === 'and') {
    return indexedValues(expression.left, field) ?? indexedValues(expression.right, field);
  }
  if (expression.op !== 'or') return null;
  const [left, right] = [indexedValues(expression.left, field), indexedValues(expression.right, field)];
  return left && right ? [...left, ...right] : null;
}
