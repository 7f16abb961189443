// What the dialogs of the pack share in the editor.
window.ReturnsLedger = window.ReturnsLedger || {
  /**
   * The Test connection button of a config node: sends what stands in the open dialog, shows what came back.
   * @param {object} node   the config node being edited
   * @param {string[]} fields  settings to send; secrets are those of the node's credentials
   */
  connectionTest(node, fields) {
    const row = $('#node-config-row-test');
    const button = row.find('button');
    const result = row.find('.returns-ledger-test-result');
    const value = (field) => {
      const input = $('#node-config-input-' + field);
      return input.is(':checkbox') ? input.is(':checked') : input.val();
    };
    // An answer about other settings than those on show would be taken for one about these.
    let form = 0;
    for (const field of [...fields, ...Object.keys(node._def.credentials || {})])
      $('#node-config-input-' + field).on('change input', () => {
        form += 1;
        result.empty();
      });
    button.on('click', (event) => {
      event.preventDefault();
      const asked = form;
      const credentials = {};
      for (const name of Object.keys(node._def.credentials || {})) credentials[name] = value(name);
      const settings = {};
      for (const field of fields) settings[field] = value(field);
      button.prop('disabled', true);
      result.empty().append($('<div>').text(node._(node.type + '.test.running')));
      $.ajax({
        url: 'returns-ledger/' + node.type + '/test',
        method: 'POST',
        contentType: 'application/json',
        data: JSON.stringify({ id: node.id, settings, credentials }),
      })
        .done((answer) => {
          if (asked !== form) return;
          result.empty();
          const line = (ok, text) =>
            $('<div>')
              .append($('<i>').addClass(ok ? 'fa fa-check' : 'fa fa-exclamation-triangle'))
              .append(document.createTextNode(' ' + text));
          result.append(line(answer.ok, answer.message).css('font-weight', 'bold'));
          for (const check of answer.checks) {
            if (check.text !== answer.message) result.append(line(check.ok, check.text));
          }
        })
        .fail((failure) => {
          if (asked !== form) return;
          const key = failure.status === 401 || failure.status === 403 ? 'forbidden' : 'failed';
          result.empty().append($('<div>').text(node._(node.type + '.test.' + key)));
        })
        .always(() => button.prop('disabled', false));
    });
  },

  /**
   * Fields that came with a later version are not in an older flow: the dialog shows their defaults. Each field is
   * marked with the node that it is of; see `valueOf`.
   */
  fillDefaults(node, prefix) {
    for (const [field, definition] of Object.entries(node._def.defaults)) {
      $('#' + prefix + field).data('returns-ledger-of', node.id);
      if (node[field] !== undefined || definition.type !== undefined) continue;
      const input = $('#' + prefix + field);
      // A tick that is missing would change what the node does when its dialog is saved.
      if (input.is(':checkbox')) input.prop('checked', definition.value === true).trigger('change');
      else if (input.length > 0) input.val(definition.value).trigger('change');
    }
  },

  /**
   * What a field holds: as it stands in the dialog while that of this very node is open, else as it is saved. A
   * validator runs for other nodes of the type as well, whose fields are not those on the page.
   */
  valueOf(node, field) {
    const input = $((node._def.category === 'config' ? '#node-config-input-' : '#node-input-') + field);
    if (input.length === 0 || input.data('returns-ledger-of') !== node.id) return node[field];
    return input.is(':checkbox') ? input.is(':checked') : input.val();
  },

  /** Shows the rows of class `live-only` for a live environment and those of `sandbox-only` for the sandbox. */
  environmentSwitch() {
    const select = $('#node-config-input-environment');
    const apply = () => {
      const sandbox = select.val() === 'sandbox';
      $('#dialog-form, .red-ui-tray-body').find('.returns-ledger-live-only').toggle(!sandbox);
      $('#dialog-form, .red-ui-tray-body').find('.returns-ledger-sandbox-only').toggle(sandbox);
    };
    select.on('change', apply);
    apply();
  },

  /**
   * A validator of a number field. Its answer is true, or the text of the key, which names the field and its bounds.
   * @param {string} key  of the catalogue
   * @param {{whole?: boolean, blank?: boolean}} rules  whole numbers only; may be left blank
   */
  within(key, low, high, { whole = false, blank = false } = {}) {
    return function (value, opt) {
      // A field that came with a later version is not in an older flow.
      if (value === undefined) return true;
      const text = String(value).trim();
      if (text === '') return blank ? true : this._(key);
      const number = Number(text);
      return number >= low && number <= high && (!whole || Number.isInteger(number)) ? true : this._(key);
    };
  },

  /** Shows rows only while a condition holds; it is looked at again whenever one of the fields changes. */
  showWhile(rows, fields, condition) {
    const apply = () => $(rows).toggle(Boolean(condition()));
    $(fields).on('change keyup', apply);
    apply();
  },

  /** The ERPs that a node can be asked to use, by the names of their fields. */
  ERPS: ['d365', 'brightpearl'],

  /** Shows the connection of the ERP that is chosen. */
  pickErp() {
    const select = $('#node-input-erp');
    for (const erp of this.ERPS)
      this.showWhile('.returns-ledger-erp-' + erp, select, () => select.val() === erp);
  },

  /** A connection that is not used would be deployed and exported with the flow. */
  dropOtherErps() {
    for (const erp of this.ERPS) {
      if ($('#node-input-erp').val() !== erp) $('#node-input-' + erp).val('_ADD_');
    }
  },

  /**
   * A table that a person edits, with a heading over each column. Everything can be done with the keyboard: a new row
   * takes the focus, and where the order of the rows counts, Alt with an arrow key moves the row.
   * @param {string} selector  the list element
   * @param {{name: string, label: string, placeholder: string, optional?: boolean, whole?: boolean,
   *   choices?: {value: string, text: string}[]}[]} columns
   * @param {object[]} rows  what the node holds
   * @param {{label: string, remove: string, ordered?: boolean}} about  texts for those who hear the page
   */
  table(selector, columns, rows, about) {
    const place = { flex: '1 1 0', minWidth: 0, width: 'auto' };
    // As far in as the cells below it: the handle on the left, the button on the right.
    const header = $('<div class="returns-ledger-table-header">')
      .attr('aria-hidden', 'true')
      .css({ paddingLeft: about.ordered ? '33px' : '11px', paddingRight: '33px' });
    for (const column of columns) $('<span>').css(place).text(column.label).appendTo(header);
    const cellOf = (column, value) => {
      const cell = column.choices
        ? $('<select>')
        : $('<input type="text">').attr('placeholder', column.placeholder);
      for (const { value: choice, text } of column.choices || [])
        $('<option>').val(choice).text(text).appendTo(cell);
      cell
        .addClass('returns-ledger-' + column.name)
        .attr('aria-label', column.label)
        .css(place);
      // A new row offers what no other row has.
      const taken = new Set(
        $(selector)
          .find('.returns-ledger-' + column.name)
          .map((_, other) => other.value)
          .get(),
      );
      const free = (column.choices || []).find((choice) => !taken.has(choice.value));
      if (!column.choices) cell.val(value ?? '');
      else if (value !== undefined) cell.val(value);
      else if (free) cell.val(free.value);
      return cell;
    };
    const judge = (row) => {
      const texts = columns.map(({ name }) =>
        row
          .find('.returns-ledger-' + name)
          .val()
          .trim(),
      );
      const begun = texts.some((text) => text !== '');
      columns.forEach((column, index) => {
        const wrong = begun && !this.cellFits(column, texts[index]);
        row.find('.returns-ledger-' + column.name).toggleClass('input-error', wrong);
      });
    };
    const list = $(selector)
      .attr('aria-label', about.label)
      .data('columns', columns)
      .editableList({
        header: columns.length > 1 ? header : undefined,
        height: 'auto',
        removable: true,
        sortable: about.ordered === true,
        addItem(row, index, data) {
          row.css({ display: 'flex', gap: '6px', alignItems: 'center' });
          for (const column of columns) cellOf(column, data[column.name]).appendTo(row);
          row.on('change', () => judge(row));
          row.siblings('.red-ui-editableList-item-remove').attr('aria-label', about.remove);
          if (about.ordered) {
            row.on('keydown', 'input', (event) => {
              if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
              event.preventDefault();
              const item = row.parent();
              if (event.key === 'ArrowUp') item.prev().before(item);
              else item.next().after(item);
              event.target.focus();
            });
          }
          if (Object.keys(data).length === 0) row.find('input, select').first().trigger('focus');
          else judge(row);
        },
      });
    for (const row of rows || []) list.editableList('addItem', row);
  },

  /** The rows of a table in which anything is filled in, complete or not: nothing that was typed is dropped. */
  tableRows(selector) {
    const columns = $(selector).data('columns');
    const rows = [];
    $(selector)
      .editableList('items')
      .each(function () {
        // A row that was just removed fades out for a moment.
        if ($(this).parent().hasClass('red-ui-editableList-item-deleting')) return;
        const row = {};
        for (const { name } of columns)
          row[name] = $(this)
            .find('.returns-ledger-' + name)
            .val()
            .trim();
        if (Object.values(row).some((text) => text !== '')) rows.push(row);
      });
    return rows;
  },

  cellFits(column, value) {
    const text = String(value ?? '').trim();
    if (text === '') return column.optional === true;
    return !column.whole || /^\d{1,15}$/.test(text);
  },

  /**
   * What is wrong with the rows of a table: the first row that is not complete, or what stands twice in the first
   * column; null where they are sound.
   * @returns {{row: number} | {twice: string} | null}
   */
  faultInRows(columns, rows) {
    const seen = new Set();
    const [first] = columns;
    for (const [index, row] of (rows || []).entries()) {
      if (columns.some((column) => !this.cellFits(column, row[column.name]))) return { row: index + 1 };
      const name = String(row[first.name]).trim();
      const key = first.caseCounts ? name : name.toLowerCase();
      if (seen.has(key)) return { twice: name };
      seen.add(key);
    }
    return null;
  },
};

// Dialogs with more to say than fits beside the usual labels are of this class.
if ($('#returns-ledger-style').length === 0) {
  $('<style id="returns-ledger-style">')
    .text(
      [
        '.returns-ledger-form .form-row > label { width: 150px; }',
        '.returns-ledger-form .form-row > label > i { width: 16px; text-align: center; }',
        '.returns-ledger-form .form-row > label.returns-ledger-whole { width: auto; }',
        '.returns-ledger-form .form-row > input[type="text"],',
        '.returns-ledger-form .form-row > input[type="password"],',
        '.returns-ledger-form .form-row > select { width: calc(100% - 160px); }',
        '.returns-ledger-form .returns-ledger-test-result { margin: 6px 0 0 155px; }',
        '.returns-ledger-form h4 { margin: 18px 0 10px; padding-top: 12px; font-weight: bold; font-size: 1em;',
        ' border-top: 1px solid var(--red-ui-secondary-border-color); }',
        '.returns-ledger-form .returns-ledger-hint { color: var(--red-ui-secondary-text-color); margin-bottom: 6px; }',
        '.returns-ledger-form .returns-ledger-check { margin-bottom: 4px; }',
        '.returns-ledger-form .returns-ledger-check-group { display: inline-block; width: 150px; }',
        '.returns-ledger-form .returns-ledger-check-group > i { width: 16px; text-align: center; }',
        '.returns-ledger-form .returns-ledger-check > input { width: auto; margin: 0 4px 2px 0; }',
        '.returns-ledger-form .returns-ledger-check > label { margin-bottom: 0; }',
        '.returns-ledger-table-header { display: flex; gap: 6px; color: var(--red-ui-secondary-text-color); }',
      ].join('\n'),
    )
    .appendTo('head');
}
