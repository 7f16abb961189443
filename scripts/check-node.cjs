// Runs on any Node.js, so it is written in old syntax: it must be able to say what is wrong.
var NEEDED = [22, 13];
var found = process.versions.node.split('.').map(Number);
if (found[0] < NEEDED[0] || (found[0] === NEEDED[0] && found[1] < NEEDED[1])) {
  console.error(
    'These scripts need Node.js ' +
      NEEDED.join('.') +
      ' or newer, but run on ' +
      process.versions.node +
      '. ' +
      'Run "npm ci", which brings Node.js 24 for the scripts on common platforms; where it does not (Alpine, 32-bit), ' +
      'install Node.js 24 on the machine.',
  );
  process.exit(1);
}
