import type { Entity } from './entity-model';
import { ENUMS } from './enums';

export type Value = string | number;
export type Row = Record<string, Value>;

/** A request that OData itself refuses: 400 with a plain message. */
export class QueryFault extends Error {}

type Token = {
  kind: 'word' | 'text' | 'number' | 'enum' | 'open' | 'close';
  value: string;
  enumType?: string;
};

export type Expression =
  | { op: 'and' | 'or'; left: Expression; right: Expression }
  | { op: 'not'; of: Expression }
  | { op: 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le'; field: string; value: Value | null };

const COMPARISONS = new Set(['eq', 'ne', 'gt', 'ge', 'lt', 'le']);

/**
 * Parses `$filter` as far as Finance & SCM supports it (A2): comparisons, and, or, not, parentheses, enum literals.
 * `in`, `has` and functions such as `contains` are refused.
 */
export function parseFilter(text: string, entity: Entity): Expression {
  const tokens = tokenise(text);
  let at = 0;
  const peek = (): Token | undefined => tokens[at];
  const take = (): Token => {
    const token = tokens[at];
    if (!token) throw new QueryFault('The query filter ended too early.');
    at += 1;
    return token;
  };
  const parseOr = (): Expression => {
    let left = parseAnd();
    while (peek()?.kind === 'word' && peek()?.value === 'or') {
      take();
      left = { op: 'or', left, right: parseAnd() };
    }
    return left;
  };
  const parseAnd = (): Expression => {
    let left = parseTerm();
    while (peek()?.kind === 'word' && peek()?.value === 'and') {
      take();
      left = { op: 'and', left, right: parseTerm() };
    }
    return left;
  };
  const parseTerm = (): Expression => {
    const token = take();
    if (token.kind === 'open') {
      const inner = parseOr();
      if (take().kind !== 'close') throw new QueryFault("')' expected in the query filter.");
      return inner;
    }
    if (token.kind !== 'word')
      throw new QueryFault(`'${token.value}' is not expected here in the query filter.`);
    if (token.value === 'not') return { op: 'not', of: parseTerm() };
    return comparison(token.value);
  };
  const comparison = (field: string): Expression => {
    const operator = take();
    if (operator.kind === 'open') throw new QueryFault(`The function '${field}' is not supported.`);
    if (!COMPARISONS.has(operator.value))
      throw new QueryFault(`The operator '${operator.value}' is not supported.`);
    const type = entity.fields[field];
    if (type === undefined)
      throw new QueryFault(`Could not find a property named '${field}' on '${entity.type}'.`);
    const value = take();
    if (typeof type !== 'string') {
      if (operator.value !== 'eq' && operator.value !== 'ne')
        throw new QueryFault('Enums support only eq and ne.');
      const right =
        value.kind === 'enum' && value.enumType === type.enum && ENUMS[type.enum]?.includes(value.value);
      if (!right) throw new QueryFault(`A value of '${type.enum}' needs its enum literal.`);
      return { op: operator.value, field, value: value.value };
    }
    const op = operator.value as 'eq';
    if (value.kind === 'word' && value.value === 'null') return { op, field, value: null };
    if (type === 'String') {
      if (value.kind !== 'text') throw new QueryFault(`A text in quotes is expected for '${field}'.`);
      return { op, field, value: value.value };
    }
    if (type === 'DateTimeOffset') return { op, field, value: value.value };
    if (value.kind !== 'number') throw new QueryFault(`A number is expected for '${field}'.`);
    return { op, field, value: Number(value.value) };
  };
  const expression = parseOr();
  if (at < tokens.length) throw new QueryFault(`'${take().value}' is not expected here in the query filter.`);
  return expression;
}

const PATTERN =
  /\s*(?:(\()|(\))|Microsoft\.Dynamics\.DataEntities\.(\w+)'(\w+)'|'((?:[^']|'')*)'|(\d{4}-\d{2}-\d{2}T[\d:.]+Z)|(-?\d+(?:\.\d+)?)|([A-Za-z_]\w*))/y;

function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.trimEnd().length) {
    PATTERN.lastIndex = at;
    const match = PATTERN.exec(text);
    if (!match) throw new QueryFault('The query filter cannot be read.');
    at = PATTERN.lastIndex;
    const [, open, close, enumType, member, quoted, date, number, word] = match;
    if (open !== undefined) tokens.push({ kind: 'open', value: '(' });
    else if (close !== undefined) tokens.push({ kind: 'close', value: ')' });
    else if (enumType !== undefined) tokens.push({ kind: 'enum', value: member ?? '', enumType });
    else if (quoted !== undefined) tokens.push({ kind: 'text', value: quoted.replaceAll("''", "'") });
    else if (date !== undefined) tokens.push({ kind: 'word', value: date });
    else if (number !== undefined) tokens.push({ kind: 'number', value: number });
    else tokens.push({ kind: 'word', value: word ?? '' });
  }
  return tokens;
}

/** Whether a row fits. Texts compare without regard to case, and `*` in an eq stands for anything (A2). */
export function matches(expression: Expression, row: Row): boolean {
  switch (expression.op) {
    case 'and':
      return matches(expression.left, row) && matches(expression.right, row);
    case 'or':
      return matches(expression.left, row) || matches(expression.right, row);
    case 'not':
      return !matches(expression.of, row);
    default:
      return compare(expression.op, row[expression.field] ?? '', expression.value);
  }
}

function compare(op: 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le', left: Value, right: Value | null): boolean {
  if (op === 'eq') return isEqual(left, right);
  if (op === 'ne') return !isEqual(left, right);
  if (right === null) return false;
  const order =
    typeof left === 'number' && typeof right === 'number'
      ? left - right
      : textOrder(String(left), String(right));
  if (op === 'gt') return order > 0;
  if (op === 'ge') return order >= 0;
  return op === 'lt' ? order < 0 : order <= 0;
}

function textOrder(a: string, b: string): number {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
}

function isEqual(left: Value, right: Value | null): boolean {
  if (right === null) return left === '';
  if (typeof left === 'number' || typeof right === 'number') return Number(left) === Number(right);
  if (!right.includes('*')) return left.toLowerCase() === right.toLowerCase();
  const pattern = right.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.*')}$`, 'i').test(left);
}

/**
 * Values of one indexed field that a fitting row must have; null where an index cannot help.
 */
export function indexedValues(expression: Expression, field: string): string[] | null {
  switch (expression.op) {
    case 'eq':
      return expression.field === field &&
        typeof expression.value === 'string' &&
        !expression.value.includes('*')
        ? [expression.value]
        : null;
    case 'and':
      return indexedValues(expression.left, field) ?? indexedValues(expression.right, field);
    case 'or': {
      const left = indexedValues(expression.left, field);
      const right = indexedValues(expression.right, field);
      return left && right ? [...left, ...right] : null;
    }
    default:
      return null;
  }
}
