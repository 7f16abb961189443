import { button, el } from '../sidebar/dom.mjs';
import { LongList } from '../sidebar/list.mjs';
import { coveragePanel } from './coverage-panel.mjs';
import { importPanel } from './import-panel.mjs';
import { RowForm } from './row-form.mjs';
import { faultsOf, found, saved, sorted } from './rows.mjs';

const ROW_HEIGHT = 26;

/**
 * The tables in the dialog of Return Mappings. Rows are changed in a copy; the node gets them when the dialog is saved.
 * However many rows there are, only those in sight are in the page.
 */
export class MappingsDialog {
  /**
   * @param {object} options
   * @param {HTMLElement} options.element   where it goes
   * @param {object} options.declaration    of the tables, from the server
   * @param {object} options.tables         rows by table
   * @param {string} options.id             of the node
   * @param {(key: string, values?: object) => string} options.t
   * @param {(method: string, path: string, data?: object) => Promise<object>} options.ask
   */
  constructor({ element, declaration, tables, id, t, ask }) {
    Object.assign(this, { declaration, id, t, ask });
    this.tables = Object.fromEntries(
      Object.keys(declaration.tables).map((table) => [
        table,
        sorted(
          declaration,
          table,
          ((tables || {})[table] || []).map((row) => ({ ...row })),
        ),
      ]),
    );
    this.table = Object.keys(declaration.tables)[0];
    this.view = [];
    this.faults = new Map();
    this.onlyWrong = false;
    this.checked = 0;
    element.replaceChildren(...this.build());
    this.show(this.table);
  }

  /** All tables as they are saved, with what stands in a form that was not closed. */
  save() {
    if (this.form.isOpen) this.form.keep();
    return saved(this.declaration, this.tables);
  }

  close() {
    this.list.close();
  }

  build() {
    const { t } = this;
    this.select = el('select', { 'aria-label': t('label.table'), title: t('tip.table') });
    this.select.addEventListener('change', () => this.show(this.select.value));
    this.search = el('input', {
      type: 'search',
      placeholder: t('placeholder.search'),
      'aria-label': t('label.search'),
      title: t('tip.search'),
    });
    this.search.addEventListener('input', () => this.filter());
    this.about = el('div.rl-mappings-about');
    this.header = el('div.rl-mappings-row.rl-mappings-header', { 'aria-hidden': 'true' });
    this.list = new LongList({
      label: t('list.rows'),
      rowHeight: ROW_HEIGHT,
      fetch: (offset, limit) => Promise.resolve(this.page(offset, limit)),
      draw: (shown) => this.draw(shown),
      tip: ({ fault }) => fault || t('list.keys'),
      open: ({ at }) => this.edit(this.view[at]),
      failed: () => undefined,
      counted: () => undefined,
    });
    this.list.element.addEventListener('keydown', (event) => this.key(event));
    this.empty = el('div.rl-mappings-empty');
    this.count = el('span', { role: 'status' });
    this.wrong = button('', t('button.faults'), () => {
      this.onlyWrong = !this.onlyWrong;
      this.filter();
    });
    this.form = new RowForm(this);
    this.panel = el('div.rl-mappings-panel', { hidden: true });
    this.body = el('div', {}, this.header, this.list.element, this.empty, this.footer(), this.form.element);
    return [el('div.rl-mappings-bar', {}, this.select, this.search), this.about, this.body, this.panel];
  }

  footer() {
    const { t } = this;
    const act = (key, press) => button(t('button.' + key), t('button.' + key), press, { 'data-act': key });
    return el(
      'div.rl-mappings-bar',
      {},
      act('add', () => this.edit(null)),
      act('edit', () => this.edit(this.view[this.list.active])),
      act('remove', () => this.remove()),
      el('span.rl-mappings-count', {}, this.count, ' ', this.wrong),
      act('import', () => this.open((done) => importPanel(this, done))),
      el('span', {}, t('button.export') + ' '),
      act('exportCsv', () => this.download('csv')),
      act('exportJson', () => this.download('json')),
      act('coverage', () => this.open((done) => coveragePanel(this, done))),
    );
  }

  /** Names of tables and columns for people. */
  columnLabel(column, table = this.table) {
    return column === '' ? '' : this.t(`column.${table}.${column}`);
  }

  columns(table = this.table) {
    return this.declaration.tables[table].columns;
  }

  get rows() {
    return this.tables[this.table];
  }

  show(table) {
    this.table = table;
    this.form.close();
    this.onlyWrong = false;
    this.search.value = '';
    this.about.textContent = this.t('about.' + table);
    this.header.replaceChildren(...this.columns().map(({ name }) => el('span', {}, this.columnLabel(name))));
    this.list.active = 0;
    this.list.element.scrollTop = 0;
    this.changed();
  }

  /** The rows of the table are other ones: everything that depends on them is made anew. */
  changed() {
    this.tables[this.table] = sorted(this.declaration, this.table, this.rows);
    this.faults = faultsOf(this.declaration, this.table, this.rows);
    const names = Object.keys(this.declaration.tables);
    this.select.replaceChildren(
      ...names.map((name) =>
        el(
          'option',
          { value: name, selected: name === this.table },
          `${this.t('table.' + name)} (${this.tables[name].length})`,
        ),
      ),
    );
    this.select.value = this.table;
    this.filter();
    void this.checkTogether();
  }

  /** What only rows together can have wrong, such as the shares of a bundle, the server knows. */
  async checkTogether() {
    const { together, eitherWay } = this.declaration.tables[this.table];
    if (!together && !eitherWay) return;
    const round = (this.checked += 1);
    const { table, rows } = this;
    const answer = await this.ask('POST', 'check', { tables: { [table]: rows } }).catch(() => null);
    if (!answer || round !== this.checked || table !== this.table) return;
    for (const fault of answer.faults[table] || []) {
      const row = rows[fault.row];
      if (fault.code === 'together' && row) this.faults.set(row, [...(this.faults.get(row) || []), fault]);
    }
    this.filter();
  }

  filter() {
    const all = this.rows;
    this.view = found(this.declaration, this.table, all, this.search.value);
    if (this.onlyWrong && this.faults.size > 0) this.view = this.view.filter((row) => this.faults.has(row));
    const { t } = this;
    this.count.textContent =
      this.view.length < all.length
        ? t('list.shown', { shown: this.view.length, all: all.length })
        : all.length === 1
          ? t('list.one')
          : t('list.all', { all: all.length });
    this.wrong.hidden = this.faults.size === 0;
    this.wrong.textContent = t('list.wrong', { count: this.faults.size });
    this.wrong.setAttribute('aria-pressed', String(this.onlyWrong));
    this.empty.hidden = this.view.length > 0;
    this.empty.textContent = t(all.length === 0 ? 'list.none' : 'list.noMatch');
    void this.list.refresh();
  }

  page(offset, limit) {
    const rows = this.view.slice(offset, offset + limit).map((row, place) => ({
      at: offset + place,
      cells: this.columns().map(({ name, choices }) => this.cellText(row[name], choices)),
      fault: this.faultText(row),
    }));
    return { total: this.view.length, rows };
  }

  cellText(value, choices) {
    return choices && choices.includes(value) ? this.t('choice.' + value) : String(value ?? '');
  }

  faultText(row) {
    return (this.faults.get(row) || [])
      .map(({ code, column, received, expected }) =>
        this.t('fault.' + code, { column: this.columnLabel(column), received, expected }),
      )
      .join('\n');
  }

  draw({ cells, fault }) {
    const row = el(
      'div.rl-mappings-row',
      {},
      cells.map((text) => el('span', {}, text)),
    );
    if (fault) {
      row.classList.add('rl-mappings-wrong');
      row.append(el('i.fa.fa-exclamation-triangle', { role: 'img', 'aria-label': fault }));
    }
    return [row];
  }

  key(event) {
    if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault();
      this.remove();
    } else if (
      event.key.length === 1 &&
      event.key !== ' ' &&
      !event.ctrlKey &&
      !event.metaKey &&
      !event.altKey
    ) {
      // Letters go on in the search, as in other long lists.
      this.search.focus();
      return;
    } else return;
    event.stopPropagation();
  }

  /** Opens the form for a row, or for a new one with the given cells. */
  edit(row, cells = {}) {
    if (row === undefined) return;
    this.form.open(row, cells);
  }

  /** A row was changed or made: it is shown where it now stands. */
  kept(row, cells) {
    if (row) Object.assign(row, cells);
    else this.rows.push(cells);
    const target = row || cells;
    this.onlyWrong = false;
    if (!found(this.declaration, this.table, [target], this.search.value).length) this.search.value = '';
    this.changed();
    this.list.moveTo(this.view.indexOf(target));
    this.list.element.focus();
  }

  remove() {
    const row = this.view[this.list.active];
    if (!row) return;
    this.form.close();
    this.tables[this.table] = this.rows.filter((one) => one !== row);
    this.changed();
    this.list.element.focus();
  }

  async download(format) {
    const { table } = this;
    const { text } = await this.ask('POST', 'export', {
      format,
      ...(format === 'csv' ? { table, tables: { [table]: this.rows } } : { tables: this.tables }),
    });
    const type = format === 'csv' ? 'text/csv' : 'application/json';
    const href = URL.createObjectURL(new Blob([text], { type: type + ';charset=utf-8' }));
    const name = format === 'csv' ? `mappings-${table}.csv` : 'mappings.json';
    el('a', { href, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(href), 10_000);
  }

  /** Shows a panel in the place of the list until it is done. */
  open(panel) {
    this.form.close();
    const done = () => {
      this.panel.hidden = true;
      this.panel.replaceChildren();
      this.body.hidden = false;
      this.changed();
      this.list.element.focus();
    };
    this.panel.replaceChildren(panel(done));
    this.panel.hidden = false;
    this.body.hidden = true;
    this.panel.querySelector('input, textarea, button')?.focus();
  }
}
