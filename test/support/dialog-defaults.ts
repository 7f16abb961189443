import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../../scripts/node-red-process';

/**
 * What a dialog fills in for a new node: the `defaults` of its registration, parsed and never run, with the values as
 * they would be deployed.
 *
 * @param file below `nodes`, for example `brightpearl/brightpearl-sales-credit.html`
 */
export function dialogDefaults(file: string): Record<string, unknown> {
  const html = readFileSync(join(ROOT, 'nodes', file), 'utf8');
  const code = /<script type="text\/javascript">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? '';
  const source = ts.createSourceFile('dialog.js', code, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
  let defaults: ts.ObjectLiteralExpression | undefined;
  const visit = (node: ts.Node): void => {
    if (
      ts.isPropertyAssignment(node) &&
      node.name.getText() === 'defaults' &&
      ts.isObjectLiteralExpression(node.initializer)
    ) {
      defaults ??= node.initializer;
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  assert.ok(defaults, `${file} registers no defaults`);
  return Object.fromEntries(
    defaults.properties.map((field) => {
      assert.ok(ts.isPropertyAssignment(field) && ts.isObjectLiteralExpression(field.initializer));
      const value = field.initializer.properties.find((one) => one.name?.getText() === 'value');
      assert.ok(value && ts.isPropertyAssignment(value), `${field.name.getText()} has no value`);
      return [field.name.getText(), literal(value.initializer)];
    }),
  );
}

function literal(node: ts.Expression): unknown {
  if (ts.isStringLiteral(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false;
  if (ts.isArrayLiteralExpression(node)) return node.elements.map(literal);
  throw new Error(`${node.getText()} is not a plain value`);
}
