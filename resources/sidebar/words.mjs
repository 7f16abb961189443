// Texts of figures. Pure, so that they can be tested without a browser.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * An amount for people: in the words of the viewer's place, in the decimals of its currency.
 * @param {{minor: number, currency: string} | null} money  in minor units
 */
export function moneyText(money, locale) {
  if (!money) return '';
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency: money.currency });
  const decimals = format.resolvedOptions().maximumFractionDigits;
  return format.format(money.minor / 10 ** decimals);
}

/** Several sums, one for each currency. */
export function moneyTexts(sums, locale) {
  return (sums || []).map((money) => moneyText(money, locale)).join(' + ');
}

/**
 * How long ago, or how long until: the number and the key of its unit.
 * @returns {{key: 'now' | 'minutes' | 'hours' | 'days', n: number}}
 */
export function span(ms) {
  const size = Math.abs(ms);
  if (size < MINUTE) return { key: 'now', n: 0 };
  if (size < HOUR) return { key: 'minutes', n: Math.floor(size / MINUTE) };
  if (size < 2 * DAY) return { key: 'hours', n: Math.floor(size / HOUR) };
  return { key: 'days', n: Math.floor(size / DAY) };
}

/** The part of a list that is to be drawn: rows in sight and some on either side. */
export function sight(scrollTop, height, rowHeight, total, extra = 6) {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - extra);
  const last = Math.min(total, Math.ceil((scrollTop + height) / rowHeight) + extra);
  return { first, last: Math.max(first, last) };
}

/** Which pages of a list the rows are on. */
export function pagesOf(first, last, pageSize) {
  const pages = [];
  for (let page = Math.floor(first / pageSize); page * pageSize < last; page += 1) pages.push(page);
  return pages;
}

/** A score as one of three words for its colour; the number stands beside it. */
export function urgency(score) {
  return score >= 100 ? 'high' : score >= 50 ? 'middle' : 'low';
}

/** What a person changed in a form, by field; an emptied field is taken away. */
export function changesOf(fields) {
  const changes = {};
  for (const { name, was, is, number } of fields) {
    const text = String(is).trim();
    if (text === String(was ?? '').trim()) continue;
    changes[name] = text === '' ? null : number ? Number(text) : text;
  }
  return changes;
}

const HEAD_FIELDS = ['order.number', 'returnNumber'];
const LINE_FIELDS = ['sku', 'quantity.value', 'reason.code', 'warehouse', 'confirmedDisposition'];
/** Only where the line has them: most lines never do. */
const RARE_LINE_FIELDS = ['upc', 'replacementSku', 'condition', 'outcome'];

/**
 * What of a return a person may correct, in the words of the command `edit`.
 * @param {object} event  as the detail of an exception shows it
 * @param {{lineId: string | null}[]} about  the lines that the exception names
 */
export function editableFields(event, about = []) {
  const named = new Set(about.map(({ lineId }) => lineId).filter((id) => id !== null));
  const head = HEAD_FIELDS.filter((name) => name !== 'order.number' || event.order).map((name) => ({
    name,
    label: name,
    value: at(event, name),
    number: false,
  }));
  const lines = (event.lines || []).map((line, index) => {
    const rare = RARE_LINE_FIELDS.filter((name) => at(line, name) !== null && at(line, name) !== undefined);
    return {
      number: index + 1,
      sku: line.sku,
      named: named.has(line.id) || (event.lines.length === 1 && named.size === 0),
      fields: [...LINE_FIELDS, ...rare].map((name) => ({
        name: `lines[${index}].${name}`,
        label: name,
        value: at(line, name),
        number: name === 'quantity.value',
      })),
    };
  });
  return { head, lines };
}

function at(object, path) {
  return path
    .split('.')
    .reduce((value, name) => (value === null || value === undefined ? null : value[name]), object);
}

/**
 * A history with equal entries in a row as one that says how many they were, at the time of the last. What is raised
 * again with the same words has no words.
 */
export function folded(entries) {
  const all = [];
  let said = null;
  for (const entry of entries) {
    const again = entry.action === 'raised again' && entry.note === said;
    if (entry.action.startsWith('raised')) said = entry.note;
    const one = { ...entry, note: again ? null : entry.note, times: 1 };
    const last = all.at(-1);
    if (last && last.action === one.action && last.who === one.who && last.note === one.note) {
      all[all.length - 1] = { ...one, times: last.times + 1 };
    } else all.push(one);
  }
  return all;
}
