/**
 * Makes an element. Texts from outside only ever become text, never markup.
 * @param {string} name  of the tag, with classes behind dots: `div.rl-head`
 * @param {object} attributes  attributes; one that begins with `on` is a listener
 */
export function el(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split('.');
  const element = document.createElement(tag);
  if (classes.length > 0) element.className = classes.join(' ');
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, '');
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(key, String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ''));
  return element;
}

/** A button of the editor's own look. */
export function button(text, title, press, attributes = {}) {
  return el(
    'button.red-ui-button.red-ui-button-small',
    {
      type: 'button',
      title,
      ...attributes,
      onclick: (event) => {
        event.preventDefault();
        press(event);
      },
    },
    text,
  );
}

/** A label above the field that it names. */
export function labelled(text, field) {
  return el('label.rl-field', {}, el('span', {}, text), field);
}
