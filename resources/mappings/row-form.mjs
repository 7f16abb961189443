import { button, el } from '../sidebar/dom.mjs';
import { cellFault, cleanCell, rowKey } from './rows.mjs';

/** The form below the list in which one row is edited. Enter keeps it, Escape leaves it as it was. */
export class RowForm {
  constructor(dialog) {
    this.dialog = dialog;
    this.row = null;
    this.inputs = new Map();
    this.element = el('div.rl-mappings-form', { hidden: true });
    this.element.addEventListener('keydown', (event) => this.key(event));
    this.element.addEventListener('input', () => this.judge());
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** @param {object|null} row  null for a new one */
  open(row, cells = {}) {
    const { dialog } = this;
    const { t } = dialog;
    this.row = row;
    this.inputs = new Map();
    const fields = dialog.columns().map((column) => {
      const value = (row || cells)[column.name];
      const input = column.choices
        ? el(
            'select',
            {},
            column.choices.map((choice) =>
              el('option', { value: choice, selected: choice === value }, t('choice.' + choice)),
            ),
          )
        : el('input', { type: 'text', value: value ?? '' });
      input.dataset.column = column.name;
      this.inputs.set(column, input);
      return el('label.rl-field', {}, el('span', {}, dialog.columnLabel(column.name)), input);
    });
    this.message = el('div.rl-mappings-message', { role: 'alert' });
    this.element.replaceChildren(
      el('div.rl-mappings-fields', {}, fields),
      this.message,
      el(
        'div.rl-mappings-bar',
        {},
        button(t('button.keep'), t('button.keep'), () => this.keep(), { 'data-act': 'keep' }),
        button(t('button.cancel'), t('button.cancel'), () => this.cancel(), { 'data-act': 'cancel' }),
      ),
    );
    this.element.hidden = false;
    const blank = [...this.inputs.values()].find((input) => input.value === '');
    const [first] = this.inputs.values();
    (blank ?? first).focus();
    this.element.scrollIntoView({ block: 'nearest' });
  }

  close() {
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  cancel() {
    this.close();
    this.dialog.list.element.focus();
  }

  cells() {
    return Object.fromEntries([...this.inputs].map(([{ name }, input]) => [name, cleanCell(input.value)]));
  }

  /** What was typed is kept even where it is wrong; the row is marked then. A new row with nothing in it is none. */
  keep() {
    const { row } = this;
    const cells = this.cells();
    const typed = [...this.inputs].some(([{ choices, name }]) => !choices && cells[name] !== '');
    this.close();
    if (row || typed) this.dialog.kept(row, cells);
    else this.dialog.list.element.focus();
  }

  judge() {
    const { declaration, t, table } = this.dialog;
    const cells = this.cells();
    const texts = [];
    for (const [column, input] of this.inputs) {
      const fault = cellFault(declaration, column, cells);
      // A blank field may still be on its way.
      const wrong = fault !== null && fault.code !== 'missing';
      input.classList.toggle('input-error', wrong);
      input.setAttribute('aria-invalid', String(wrong));
      if (wrong) texts.push(t('fault.wrong', { ...fault, column: this.dialog.columnLabel(column.name) }));
    }
    const key = rowKey(declaration, table, cells);
    const taken = this.dialog.rows.some((one) => one !== this.row && rowKey(declaration, table, one) === key);
    if (taken) texts.push(t('fault.twice'));
    this.message.textContent = texts.join('\n');
  }

  key(event) {
    if (event.key === 'Escape') this.cancel();
    else if (event.key === 'Enter' && event.target.tagName === 'INPUT' && !event.ctrlKey && !event.metaKey)
      this.keep();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
