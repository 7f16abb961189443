// Compiles to dist/ and puts the files that Node-RED looks for beside each node script: dialogs, catalogues, icons.
'use strict';
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const dist = path.join(root, 'dist');

// What was deleted in the sources must not live on in the build.
fs.rmSync(dist, { recursive: true, force: true });
execFileSync(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', root], {
  stdio: 'inherit',
});

const nodes = path.join(root, 'nodes');
for (const folder of fs.readdirSync(nodes, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
  const from = path.join(nodes, folder.name);
  const to = path.join(dist, 'nodes', folder.name);
  const dialogs = fs.readdirSync(from).filter((name) => name.endsWith('.html'));
  const icons = new Set();
  for (const dialog of dialogs) {
    fs.mkdirSync(to, { recursive: true });
    fs.copyFileSync(path.join(from, dialog), path.join(to, dialog));
    const icon = /icon:\s*'([\w-]+\.svg)'/.exec(fs.readFileSync(path.join(from, dialog), 'utf8'));
    if (icon) icons.add(icon[1]);
  }
  const locales = path.join(from, 'locales');
  if (fs.existsSync(locales)) fs.cpSync(locales, path.join(to, 'locales'), { recursive: true });
  for (const icon of icons) {
    fs.mkdirSync(path.join(to, 'icons'), { recursive: true });
    fs.copyFileSync(path.join(root, 'icons', icon), path.join(to, 'icons', icon));
  }
}
