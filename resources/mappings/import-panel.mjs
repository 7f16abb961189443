import { button, el } from '../sidebar/dom.mjs';

const MOST_SHOWN = 100;

/** Reads a file or what is pasted, shows what it would change and what is wrong in it, and takes it when it is told to. */
export function importPanel(dialog, done) {
  const { t, table } = dialog;
  const file = el('input', { type: 'file', accept: '.csv,.txt,.tsv,.json,text/csv,application/json' });
  const paste = el('textarea', { rows: 4, spellcheck: 'false' });
  const merge = el('input', { type: 'checkbox' });
  const answer = el('div', { role: 'status' });

  const source = async () => {
    const [chosen] = file.files;
    return chosen ? chosen.text() : paste.value;
  };
  const read = async () => {
    const text = await source();
    if (text.trim() === '') {
      answer.replaceChildren(t('import.empty'));
      return;
    }
    const format = /^\s*[{[]/.test(text.replace(/^\uFEFF/, '')) ? 'json' : 'csv';
    const request = { format, table, text, tables: dialog.tables, merge: merge.checked };
    try {
      const { unreadable, previews } = await dialog.ask('POST', 'import', request);
      if (unreadable) answer.replaceChildren(el('div.rl-mappings-message', {}, unreadable));
      else answer.replaceChildren(...preview(dialog, previews, done));
    } catch (failure) {
      answer.replaceChildren(el('div.rl-mappings-message', {}, String(failure.message)));
    }
  };
  file.addEventListener('change', () => {
    paste.value = '';
    void read();
  });
  paste.addEventListener('input', () => {
    file.value = '';
  });
  merge.addEventListener('change', () => answer.childNodes.length > 0 && void read());

  return el(
    'div',
    {},
    el('h4', {}, `${t('import.title')}: ${t('table.' + table)}`),
    el('label.rl-field', {}, el('span', {}, t('import.file')), file),
    el('label.rl-field', {}, el('span', {}, t('import.paste')), paste),
    el('label.rl-mappings-check', {}, merge, ' ', t('import.merge')),
    el(
      'div.rl-mappings-bar',
      {},
      button(t('import.read'), t('import.read'), () => void read(), { 'data-act': 'read' }),
      button(t('button.close'), t('button.close'), done, { 'data-act': 'close' }),
    ),
    answer,
  );
}

function preview(dialog, previews, done) {
  const { t } = dialog;
  const faults = previews.reduce((sum, one) => sum + one.faults.length, 0);
  const changes = previews.reduce(
    (sum, { changes: { added, changed, removed } }) => sum + added.length + changed.length + removed.length,
    0,
  );
  const take = () => {
    for (const { table, rows } of previews) dialog.tables[table] = rows;
    if (previews.length > 0 && !previews.some(({ table }) => table === dialog.table))
      dialog.table = previews[0].table;
    done();
  };
  const key = faults > 0 ? 'takeGood' : 'take';
  return [
    ...previews.flatMap((one) => tablePreview(dialog, one)),
    changes === 0 ? el('div', {}, t('import.nothing')) : el('div', {}, t('import.deploy')),
    changes === 0
      ? ''
      : el(
          'div.rl-mappings-bar',
          {},
          button(t('button.' + key), t('button.' + key), take, { 'data-act': key }),
        ),
  ].filter((part) => part !== '');
}

function tablePreview(dialog, { table, faults, changes }) {
  const { t } = dialog;
  const columns = dialog.columns(table);
  const inWords = (row) => columns.map(({ name }) => row[name]).join(' · ');
  const list = (sign, rows, kind) =>
    rows
      .slice(0, MOST_SHOWN)
      .map((text) => el(`div.rl-mappings-change.rl-mappings-${kind}`, {}, `${sign} ${text}`))
      .concat(
        rows.length > MOST_SHOWN
          ? [el('div', {}, t('import.more', { count: rows.length - MOST_SHOWN }))]
          : [],
      );
  const { added, changed, removed, same } = changes;
  const counts = [
    ['added', added.length],
    ['changed', changed.length],
    ['removed', removed.length],
    ['same', same],
  ].map(([key, count]) => t('import.' + key, { count }));
  return [
    el('h4', {}, t('table.' + table)),
    ...(faults.length > 0
      ? [el('div.rl-mappings-message', {}, t('import.errors', { count: faults.length }))]
      : []),
    el(
      'div.rl-mappings-changes',
      {},
      list(
        '!',
        faults.map((fault) => t(fault.column === '' ? 'import.errorRow' : 'import.error', fault)),
        'fault',
      ),
    ),
    el('div', { 'data-counts': table }, counts.join(', ')),
    el(
      'div.rl-mappings-changes',
      {},
      list('+', added.map(inWords), 'added'),
      list(
        '~',
        changed.map(({ before, after }) => `${inWords(before)} → ${inWords(after)}`),
        'changed',
      ),
      list('−', removed.map(inWords), 'removed'),
    ),
  ];
}
