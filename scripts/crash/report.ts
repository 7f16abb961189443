import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../node-red-process';
import type { Verdict } from './check';

/** One line of the final table, and what is said below it where it failed. */
export interface TestReport {
  test: string;
  /** The pair of vendors; null where there is none. */
  scenario: string | null;
  /** For example `284 kills`. */
  what: string;
  seed: number;
  sent: string;
  acknowledged: number;
  posted: number | null;
  parked: Record<string, number>;
  lost: number;
  duplicate: number;
  wrongAmount: number;
  seconds: number;
  /** Why it did not pass; empty where it did. */
  faults: string[];
  /** What else is to be known, below the table. */
  notes: string[];
}

const FINDINGS_SHOWN = 20;

/** Figures of a verdict, and its findings as faults. */
export function fromVerdict(
  verdict: Verdict,
): Pick<TestReport, 'acknowledged' | 'posted' | 'parked' | 'lost' | 'duplicate' | 'wrongAmount' | 'faults'> {
  const { acknowledged, posted, parked, lost, duplicate, wrongAmount, unasked, returns, findings } = verdict;
  const faults = findings.slice(0, FINDINGS_SHOWN);
  if (findings.length > FINDINGS_SHOWN) faults.push(`… and ${findings.length - FINDINGS_SHOWN} more`);
  if (unasked > 0) faults.push(`${unasked} documents in the ERP that nobody asked for`);
  if (acknowledged < returns) faults.push(`${returns - acknowledged} returns were never acknowledged`);
  return { acknowledged, posted, parked, lost, duplicate, wrongAmount, faults };
}

/** Errors that the logs of Node-RED hold, in words. */
export function loggedErrors(errors: ReadonlyMap<string, number>): string[] {
  return [...errors].map(([sentence, count]) => `in the log of Node-RED, ${count} times: ${sentence}`);
}

export function passed(report: TestReport): boolean {
  return report.faults.length === 0 && report.lost + report.duplicate + report.wrongAmount === 0;
}

/** The table for people, with versions, and below it what failed and what else is to be known. */
export function finalTable(reports: readonly TestReport[]): string {
  const head = [
    'test',
    'vendors',
    'what',
    'sent',
    'acknowledged',
    'posted',
    'parked',
    'lost',
    'duplicate',
    'wrong amount',
    'seed',
    'duration',
    'result',
  ];
  const rows = reports.map((report) => [
    report.test,
    report.scenario ?? '–',
    report.what,
    report.sent,
    String(report.acknowledged),
    report.posted === null ? '–' : String(report.posted),
    parkedText(report.parked),
    String(report.lost),
    String(report.duplicate),
    String(report.wrongAmount),
    String(report.seed),
    `${report.seconds.toFixed(0)} s`,
    passed(report) ? 'passed' : 'FAILED',
  ]);
  const below = reports.flatMap(({ test, scenario, faults, notes }) => {
    const name = scenario === null ? test : `${test}, ${scenario}`;
    return [...faults.map((fault) => `${name} FAILED: ${fault}`), ...notes.map((note) => `${name}: ${note}`)];
  });
  return [markdown([head, ...rows]), '', versions(), ...below].join('\n');
}

function parkedText(parked: Readonly<Record<string, number>>): string {
  const codes = Object.entries(parked).sort(([a], [b]) => (a < b ? -1 : 1));
  if (codes.length === 0) return '–';
  const all = codes.reduce((sum, [, count]) => sum + count, 0);
  return `${all} (${codes.map(([code, count]) => `${code} ${count}`).join(', ')})`;
}

function versions(): string {
  const versionOf = (folder: string): string => {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return manifest.version;
  };
  const nodeRed = versionOf(join(ROOT, 'node_modules', 'node-red'));
  return `Node.js ${process.version}, Node-RED ${nodeRed}, pack ${versionOf(ROOT)}`;
}

function markdown(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)].join(
    '\n',
  );
}
