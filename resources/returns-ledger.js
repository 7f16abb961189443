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
    button.on('click', (event) => {
      event.preventDefault();
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
          const key = failure.status === 401 || failure.status === 403 ? 'forbidden' : 'failed';
          result.empty().append($('<div>').text(node._(node.type + '.test.' + key)));
        })
        .always(() => button.prop('disabled', false));
    });
  },

  /** Fields that came with a later version are not in an older flow: the dialog shows their defaults. */
  fillDefaults(node, prefix) {
    for (const [field, definition] of Object.entries(node._def.defaults)) {
      if (node[field] !== undefined || definition.type !== undefined) continue;
      const input = $('#' + prefix + field);
      if (input.length > 0 && !input.is(':checkbox')) input.val(definition.value).trigger('change');
    }
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
};
