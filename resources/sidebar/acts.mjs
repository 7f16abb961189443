import { button, el, labelled } from './dom.mjs';
import { changesOf, editableFields } from './words.mjs';

/**
 * What a person can do with one exception, or with all of a cause: a row of buttons, and below it the form of the one
 * that was pressed. Nothing that closes an exception happens without a reason that was written down.
 *
 * @param {object} desk  ask, t, owners, store
 * @param {{id: string, event: object|null, owner: string, code: string}
 *   | {cause: string, router: string, count: number, owner: string}} target
 * @param {(result: {text: string, warn: boolean, open: boolean}) => void} done
 */
export function acts(desk, target, done) {
  const { t } = desk;
  const one = 'id' in target;
  const slot = el('div', {});
  const row = el('div.rl-acts', { role: 'toolbar', 'aria-label': t('act.label') });
  const buttons = new Map();
  let shown = null;

  const close = (focus = true) => {
    slot.replaceChildren();
    if (focus && shown) buttons.get(shown).focus();
    if (shown) buttons.get(shown).setAttribute('aria-expanded', 'false');
    shown = null;
  };
  const toggle = (action) => {
    if (shown === action) return close();
    close(false);
    shown = action;
    buttons.get(action).setAttribute('aria-expanded', 'true');
    const form = formOf(desk, target, action, (data) => send(action, data), close);
    slot.replaceChildren(form);
    (form.querySelector('input, textarea, select') || form).focus();
  };
  const send = async (action, data = {}) => {
    for (const each of row.querySelectorAll('button')) each.disabled = true;
    try {
      const path = one ? `/exceptions/${encodeURIComponent(target.id)}/${action}` : `/group/${action}`;
      const body = one ? data : { ...data, cause: target.cause, router: target.router };
      const answer = await desk.ask('POST', `/${desk.store}${path}`, body);
      close(false);
      const n = one ? countOf(answer.payload) : answer.count;
      const nothing = action === 'resume' && n === 0;
      done({
        text: t(`done.${nothing ? 'resumeNothing' : action}`, { n }),
        warn: nothing,
        open: nothing || action === 'assign' || action === 'note',
      });
    } catch (failure) {
      slot.querySelector('.rl-refused')?.remove();
      const words = failure.status === 401 || failure.status === 403 ? t('error.mayNot') : failure.message;
      slot.append(el('p.rl-refused', { role: 'alert' }, words));
    } finally {
      for (const each of row.querySelectorAll('button')) each.disabled = false;
    }
  };

  const add = (action, text, press, first = false) => {
    const made = button(text, t(`act.tip.${action}`), press);
    if (first) made.classList.add('rl-first');
    buttons.set(action, made);
    row.append(made);
  };
  const all = one ? '' : ' ' + t('act.forAll', { n: desk.number(target.count) });
  add(
    'resume',
    one ? t('act.resume') : t('act.resumeAll', { n: desk.number(target.count) }),
    () => send('resume'),
    true,
  );
  if (one && target.event) add('edit', t('act.edit'), () => toggle('edit'));
  for (const action of ['assign', 'note', 'resolve', 'discard']) {
    add(action, t(`act.${action}`), () => toggle(action));
  }
  for (const [action, made] of buttons) {
    if (action !== 'resume') made.setAttribute('aria-expanded', 'false');
    if (all && action !== 'resume') made.setAttribute('aria-label', t(`act.${action}`) + all);
  }
  return {
    element: el('div', {}, row, slot),
    /** A form with something in it must not be swept away by news. */
    get busy() {
      return shown !== null;
    },
  };
}

function countOf(payload) {
  return Array.isArray(payload) ? payload.length : payload ? 1 : 0;
}

function formOf(desk, target, action, send, close) {
  const { t } = desk;
  const build = {
    assign: assignForm,
    note: noteForm,
    resolve: reasonForm,
    discard: reasonForm,
    edit: editForm,
  }[action];
  const { fields, save, read } = build(t, target, action, desk);
  const hint = el('p.rl-refused', { role: 'alert', hidden: true });
  const form = el(
    'form.rl-form',
    {
      tabindex: -1,
      'aria-label': t(`act.${action}`),
      onsubmit: (event) => {
        event.preventDefault();
        const data = read();
        hint.hidden = typeof data !== 'string';
        if (typeof data === 'string') hint.textContent = data;
        else void send(data);
      },
      oninput: () => {
        hint.hidden = true;
      },
      onkeydown: (event) => {
        // What is typed here is for this form: Delete must not take away the nodes that are selected.
        event.stopPropagation();
        if (event.key === 'Escape') close();
      },
    },
    'id' in target ? null : el('p.rl-quiet', {}, t('act.forAll', { n: desk.number(target.count) })),
    ...fields,
    hint,
    el(
      'div.rl-acts',
      {},
      el('button.red-ui-button.red-ui-button-small.rl-first', { type: 'submit' }, save),
      button(t('act.cancel'), '', () => close()),
    ),
  );
  return form;
}

function assignForm(t, target, _action, { owners }) {
  const select = el(
    'select',
    {},
    ...owners.map((owner) => el('option', { value: owner, selected: owner === target.owner }, owner)),
  );
  return {
    fields: [labelled(t('form.owner'), select)],
    save: t('act.assign'),
    read: () => ({ owner: select.value }),
  };
}

function noteForm(t) {
  const area = el('textarea', { maxlength: 1000 });
  return {
    fields: [labelled(t('form.note'), area)],
    save: t('form.save'),
    read: () => (area.value.trim() === '' ? t('form.empty') : { text: area.value.trim() }),
  };
}

function reasonForm(t, _target, action) {
  const area = el('textarea', { maxlength: 1000 });
  return {
    fields: [labelled(t(`form.${action}`), area)],
    save: t(action === 'resolve' ? 'form.confirmResolve' : 'form.confirmDiscard'),
    read: () => (area.value.trim() === '' ? t('form.empty') : { reason: area.value.trim() }),
  };
}

/** The fields of the return that may be corrected: the lines that the exception names come first. */
function editForm(t, target) {
  const inputs = [];
  const fieldOf = ({ name, label, value, number }) => {
    const input = el('input', {
      type: 'text',
      value: value ?? '',
      ...(number ? { inputmode: 'decimal' } : {}),
    });
    inputs.push({ name, was: value, number, input });
    return labelled(t(`field.${label}`), input);
  };
  const { head, lines } = editableFields(target.event, target.lines);
  const sets = lines.map(({ number, sku, named, fields }) => ({
    named,
    element: el(
      'fieldset',
      {},
      el('legend', {}, t('field.line', { n: number, sku: sku ?? '?' })),
      ...fields.map(fieldOf),
    ),
  }));
  const first = sets.filter(({ named }) => named).map(({ element }) => element);
  const rest = sets.filter(({ named }) => !named).map(({ element }) => element);
  return {
    fields: [
      el('p', {}, t('form.edit')),
      ...head.map(fieldOf),
      ...first,
      rest.length > 0
        ? el(
            'details',
            { open: first.length === 0 },
            el('summary', {}, t('form.otherLines', { n: rest.length })),
            ...rest,
          )
        : null,
    ],
    save: t('form.editSave'),
    read: () => {
      const wrong = inputs.find(({ number, input }) => number && !(Number(input.value) > 0));
      if (wrong) return t('form.number');
      const changes = changesOf(
        inputs.map(({ name, was, number, input }) => ({ name, was, is: input.value, number })),
      );
      return Object.keys(changes).length === 0 ? t('form.editNothing') : { changes, resume: true };
    },
  };
}
