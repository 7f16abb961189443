// Runs the built tests of one kind. Without an argument: all that need nothing but this machine.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const tests = path.resolve(__dirname, '../dist/test');
/** Folders that need something beside the machine: a browser, the registry, a database server. */
const APART = ['browser', 'package', 'postgres'];
const wanted = process.argv[2];

const files = fs
  .readdirSync(tests, { recursive: true })
  .map(String)
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => {
    const folder = file.split(path.sep)[0];
    return wanted === undefined ? !APART.includes(folder) : folder === wanted;
  })
  .map((file) => path.join(tests, file))
  .sort();
if (files.length === 0) {
  console.error(`There is no test to run${wanted === undefined ? '' : ` in test/${wanted}`}.`);
  process.exit(1);
}
const run = spawnSync(
  process.execPath,
  ['--test', '--test-concurrency=2', ...process.argv.slice(3), ...files],
  { stdio: 'inherit' },
);
process.exit(run.status ?? 1);
