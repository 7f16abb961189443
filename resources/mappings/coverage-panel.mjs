import { button, el } from '../sidebar/dom.mjs';

/** What came in and has no row, rows without use, and rows that point at nothing, for the deployed mappings. */
export function coveragePanel(dialog, done) {
  const { t } = dialog;
  const answer = el('div', { role: 'status' }, '…');
  dialog.ask('GET', dialog.id + '/coverage').then(
    (report) => answer.replaceChildren(...describe(dialog, report, done)),
    (failure) =>
      answer.replaceChildren(
        failure.status === 404
          ? t('coverage.deployFirst')
          : t('coverage.failed', { message: failure.message }),
      ),
  );
  return el(
    'div',
    {},
    el('h4', {}, t('coverage.title')),
    answer,
    el(
      'div.rl-mappings-bar',
      {},
      button(t('button.close'), t('button.close'), done, { 'data-act': 'close' }),
    ),
  );
}

function describe(dialog, { version, unmapped, unused, beyond, audit }, done) {
  const { t } = dialog;
  const parts = [el('div', {}, t('coverage.version', { version }))];
  parts.push(el('h4', {}, t('coverage.unmapped')));
  if (unmapped.length === 0) parts.push(el('div', {}, t('coverage.allMapped')));
  for (const one of unmapped) parts.push(unmappedRow(dialog, one, done));
  for (const [table, count] of Object.entries(beyond)) {
    parts.push(el('div', {}, t('coverage.beyond', { table: t('table.' + table), count })));
  }
  const stale = audit ? audit.stale : [];
  if (stale.length > 0) {
    parts.push(el('h4', {}, t('coverage.stale')));
    for (const { table, row, column, value } of stale.slice(0, 200)) {
      const text = `${t('table.' + table)} · ${row}: ${dialog.columnLabel(column, table)} “${value}”`;
      parts.push(el('div.rl-mappings-change.rl-mappings-removed', {}, text));
    }
  }
  if (unused.length > 0) {
    parts.push(el('h4', {}, t('coverage.unused')));
    for (const { table, count, keys } of unused) {
      const named = keys.slice(0, 20).map((key) => JSON.parse(key).join(' / '));
      const more = count > named.length ? ', …' : '';
      const text = t('coverage.unusedIn', { table: t('table.' + table), count });
      parts.push(
        el(
          'div.rl-mappings-change',
          { title: named.join('\n') + more },
          `${text} (${named.join(', ')}${more})`,
        ),
      );
    }
  }
  const kinds = audit ? [...new Set(audit.unchecked.map(({ kind }) => kind))].join(', ') : '';
  parts.push(
    el(
      'div.rl-mappings-about',
      {},
      audit ? t('coverage.audited', { when: when(audit.checkedAt) }) : t('coverage.notAudited'),
      kinds === '' ? '' : ' ' + t('coverage.unchecked', { kinds }),
    ),
  );
  return parts;
}

function unmappedRow(dialog, { table, keys, brand, times, lastAt, suggestions }, done) {
  const { t } = dialog;
  const columns = dialog.columns(table);
  const value = columns.find(({ role }) => role === 'value').name;
  /** Only fills the form in: a person keeps the row, presses Done and deploys. */
  const begin = (cells) => {
    done();
    dialog.show(table);
    dialog.edit(null, cells);
  };
  const code = Object.entries(keys)
    .filter(([name, cell]) => cell !== '' && !columns.find((column) => column.name === name)?.choices)
    .map(([, cell]) => cell)
    .join(' / ');
  const blank = Object.fromEntries(
    columns.filter(({ any }) => any).map(({ name }) => [name, keys[name] || dialog.declaration.any]),
  );
  const cells = { ...keys, ...blank };
  return el(
    'div.rl-mappings-code',
    { 'data-code': code },
    el('strong', {}, `${t('table.' + table)}: ${code}`),
    el(
      'div',
      {},
      [brand, t('coverage.times', { count: times, when: when(lastAt) })].filter(Boolean).join(' · '),
    ),
    button(t('button.addRow'), t('button.addRow'), () => begin(cells), { 'data-act': 'addRow' }),
    suggestions.map((one) =>
      el(
        'div',
        {},
        button(
          `${t('button.use')} ${one.value}`,
          t('button.use'),
          () => begin({ ...cells, [value]: one.value }),
          {
            'data-act': 'use',
          },
        ),
        ' ' + one.evidence.map(({ kind, ...facts }) => t('evidence.' + kind, facts)).join(', '),
      ),
    ),
  );
}

function when(instant) {
  return new Date(instant).toLocaleString();
}
