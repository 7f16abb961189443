import { acts } from './acts.mjs';
import { button, el } from './dom.mjs';
import { LongList } from './list.mjs';
import { folded, moneyText, moneyTexts, urgency } from './words.mjs';

/** What a score is made of, a line each (R143). */
export function scoreTip({ t }, score, parts) {
  return [t('row.score', { score }), ...partTexts(t, parts)].join('\n');
}

/** The score; its tip tells what it is made of. */
export function scoreBadge(desk, score, parts) {
  if (score === null || score === undefined) return null;
  const label = desk.t('row.score', { score });
  const look = `span.rl-badge.rl-${urgency(score)}`;
  return el(look, { title: scoreTip(desk, score, parts), 'aria-label': label }, String(score));
}

function partTexts(t, parts) {
  return Object.entries(parts || {})
    .filter(([, points]) => points > 0)
    .map(([part, points]) => `${t(`score.${part}`)} ${points}`);
}

/** One exception with everything that helps to decide: R51, R152. */
export class ExceptionScreen {
  constructor(desk, { id, back, backText }) {
    this.desk = desk;
    this.id = id;
    this.back = back;
    this.backText = backText;
    this.element = el('div.rl-detail', { tabindex: -1 });
    this.acts = null;
  }

  async refresh(force = false) {
    if (this.acts?.busy && !force) return;
    const { ask, store } = this.desk;
    const exception = await ask('GET', `/${store}/exceptions/${encodeURIComponent(this.id)}`);
    if (this.acts?.busy && !force) return;
    this.draw(exception);
  }

  draw(one) {
    const { t, said } = this.desk;
    const open = one.status === 'open';
    const target = { id: one.id, event: one.event, owner: one.owner, code: one.code, lines: one.lines };
    this.acts = open
      ? acts(this.desk, target, (result) => {
          said(result);
          if (result.open) void this.refresh(true).catch((failure) => this.desk.failed(failure));
          else this.back();
        })
      : null;
    const title = el('h3', { tabindex: -1 }, one.title, ' ', scoreBadge(this.desk, one.score, one.parts));
    const top = this.element.scrollTop;
    this.element.replaceChildren(
      backButton(this.desk, this.back, this.backText),
      title,
      ...given(
        el('p', {}, one.summary),
        this.acts?.element,
        open ? null : el('p.rl-quiet', {}, statusText(t, one)),
        facts(this.factsOf(one)),
        one.meaning && el('p.rl-quiet', {}, one.meaning),
        ...steps(t, open ? one.steps : []),
        open && one.closes ? el('p.rl-quiet', {}, one.closes) : null,
        ...evidence(t, one.lines),
        ...section(t, 'detail', one.detail && el('pre', {}, one.detail)),
        ...section(t, 'documents', documents(this.desk, one.documents)),
        ...score(t, one),
        ...section(t, 'history', history(this.desk, one.history)),
      ),
    );
    this.element.scrollTop = top;
  }

  factsOf(one) {
    const { t, locale, ago } = this.desk;
    return [
      ['return', one.return],
      ['order', one.order],
      ['brand', one.brand],
      ['owner', one.owner],
      ['value', one.value ? moneyText(one.value, locale) : t('fact.valueUnknown')],
      ['since', ago(one.since)],
      ['times', one.times > 1 ? t('fact.timesValue', { n: one.times }) : null],
      [
        'waitsWith',
        one.siblings > 0 ? t('fact.waitsWithValue', { n: this.desk.number(one.siblings) }) : null,
      ],
      ['flow', parkedBy(t, one)],
      ['code', one.code],
    ].map(([key, value]) => [t(`fact.${key}`), value]);
  }

  focus() {
    (this.element.querySelector('h3') || this.element).focus();
  }

  close() {}
}

/** A cause and what waits for it: mended once, all of them go on (R150). */
export class CauseScreen {
  constructor(desk, { group, open, back }) {
    Object.assign(this, { desk, group, open, back });
    this.head = el('div.rl-detail.rl-cause-head', { tabindex: -1 });
    this.list = new LongList({
      label: desk.t('section.members'),
      rowHeight: 46,
      key: ({ id }) => id,
      fetch: async (offset, limit) => {
        const { cause, router } = this.group;
        const { total, exceptions } = await desk.ask('GET', `/${desk.store}/exceptions`, {
          cause,
          router,
          offset,
          limit,
        });
        return { total, rows: exceptions };
      },
      draw: (row) => memberRow(desk, row),
      open,
      failed: (failure) => desk.failed(failure),
      counted: (total) => this.counted(total),
    });
    this.element = el('div.rl-body', {}, this.head, this.list.element);
    this.acts = null;
  }

  async refresh(force = false) {
    if (this.acts?.busy && !force) return;
    const { ask, store } = this.desk;
    const { cause, router, top } = this.group;
    const [{ groups }, example] = await Promise.all([
      ask('GET', `/${store}/groups`, { cause, router, limit: 1 }),
      ask('GET', `/${store}/exceptions/${encodeURIComponent(top.id)}`),
    ]);
    if (groups[0]) this.group = groups[0];
    this.draw(example);
    await this.list.refresh();
  }

  counted(total) {
    if (total === 0) this.back();
  }

  draw(example) {
    const { t, locale, ago, said } = this.desk;
    const { group } = this;
    const { cause, router, count, owners } = group;
    this.acts = acts(this.desk, { cause, router, count, owner: owners[0] }, (result) => {
      said(result);
      void this.refresh(true).catch((failure) => this.desk.failed(failure));
    });
    this.head.replaceChildren(
      backButton(this.desk, this.back, t('back')),
      el('h3', { tabindex: -1 }, group.title, ' ', scoreBadge(this.desk, group.rank.score, group.rank.parts)),
      ...given(
        group.thing && el('p', {}, group.thing),
        this.acts.element,
        facts(
          [
            ['count', t('row.returns', { n: this.desk.number(count) })],
            ['owner', owners.join(', ')],
            ['value', moneyTexts(group.value, locale) || t('fact.valueUnknown')],
            ['oldest', ago(group.firstAt)],
            ['flow', parkedBy(t, group)],
            ['code', group.code],
          ].map(([key, value]) => [t(`fact.${key}`), value]),
        ),
        example.meaning && el('p.rl-quiet', {}, example.meaning),
        ...steps(t, example.steps),
        el('h4', {}, t('section.members')),
      ),
    );
  }

  focus() {
    (this.head.querySelector('h3') || this.head).focus();
  }

  close() {
    this.list.close();
  }
}

/** What waits by itself: nobody has to do anything, but one may want to know for what (R193). */
export class WaitingScreen {
  constructor(desk, { back }) {
    Object.assign(this, { desk, back });
    this.element = el('div.rl-detail', { tabindex: -1 });
  }

  async refresh() {
    const { ask, store, t, until, number } = this.desk;
    const { groups } = await ask('GET', `/${store}/waiting`);
    this.element.replaceChildren(
      backButton(this.desk, this.back, t('back')),
      el('h3', { tabindex: -1 }, t('wait.title')),
      el('p.rl-quiet', {}, t('wait.text')),
      ...(groups.length === 0 ? [el('p', {}, t('empty.waiting'))] : []),
      ...groups.map(({ waitsOn, name, count, nextDue, reason }) =>
        el(
          'div.rl-form',
          {},
          el(
            'strong',
            {},
            waitsOn === null
              ? t('wait.alone', { n: number(count) })
              : t('wait.for', { n: number(count), name: name || waitsOn }),
          ),
          reason && el('p', {}, reason.what),
          el('p.rl-quiet', {}, t('wait.next', { when: until(nextDue) })),
          waitsOn === null ? null : button(t('wait.retry'), t('wait.retryTip'), () => this.retry(waitsOn)),
        ),
      ),
    );
  }

  async retry(waitsOn) {
    const { ask, store, t, said, failed } = this.desk;
    try {
      await ask('POST', `/${store}/waiting/retry`, { waitsOn });
      said({ text: t('done.retry'), warn: false });
      await this.refresh();
    } catch (failure) {
      failed(failure, true);
    }
  }

  focus() {
    (this.element.querySelector('h3') || this.element).focus();
  }

  close() {}
}

function memberRow(desk, row) {
  const { t, locale, ago } = desk;
  return [
    el(
      'div',
      {},
      el('span.rl-title', {}, row.return ? t('row.return', { number: row.return }) : row.title),
      el('span', {}, row.value ? moneyText(row.value, locale) : ''),
    ),
    el(
      'div.rl-quiet',
      {},
      el(
        'span',
        {},
        [row.order && t('row.order', { number: row.order }), ago(row.since)].filter(Boolean).join(' · '),
      ),
      el('span', {}, row.owner),
    ),
  ];
}

function backButton(desk, back, text) {
  return el('button.rl-link.rl-back', { type: 'button', onclick: () => back() }, '‹ ' + text);
}

function statusText(t, { status, resolution }) {
  return t(`status.${status}`) + (resolution ? `: ${resolution}` : '');
}

function given(...parts) {
  return parts.filter((part) => part !== null && part !== undefined && part !== '' && part !== false);
}

function facts(rows) {
  return el(
    'dl',
    {},
    ...rows
      .filter(([, value]) => value)
      .flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]),
  );
}

function section(t, name, content) {
  return content ? [el('h4', {}, t(`section.${name}`)), content] : [];
}

function steps(t, all) {
  if (!all || all.length === 0) return [];
  return section(t, 'steps', el('ol', {}, ...all.map((step) => el('li', {}, step))));
}

/** Expected beside received, line by line (R51). */
function evidence(t, lines) {
  if (!lines || lines.length === 0) return [];
  const cell = (value) => el('td', {}, value === null ? t('evidence.none') : value);
  const rows = lines.flatMap((line) => {
    const what = [line.sku, line.field].filter(Boolean).join(': ');
    const row = el(
      'tr',
      {},
      el('td', {}, what || t('evidence.none')),
      cell(line.expected),
      cell(line.received),
    );
    if (line.candidates.length === 0) return [row];
    const near = t('evidence.nearest', { items: line.candidates.join(', ') });
    return [row, el('tr', {}, el('td', { colspan: 3 }, near))];
  });
  const head = ['line', 'expected', 'received'].map((name) =>
    el('th', { scope: 'col' }, t(`evidence.${name}`)),
  );
  const table = el('table', {}, el('thead', {}, el('tr', {}, ...head)), el('tbody', {}, ...rows));
  return section(t, 'evidence', table);
}

function documents({ t, locale }, all) {
  if (!all || all.length === 0) return null;
  const text = ({ system, kind, number, status, amount }) =>
    [`${system} ${kind} ${number}`, status, amount && moneyText(amount, locale)].filter(Boolean).join(', ');
  return el(
    'ul.rl-history',
    { 'aria-label': t('section.documents') },
    ...all.map((one) => el('li', {}, text(one))),
  );
}

function score(t, { score: sum, parts }) {
  const texts = partTexts(t, parts);
  if (sum === null || sum === undefined || texts.length === 0) return [];
  return section(t, 'score', el('p', {}, `${sum} = ${texts.join(' + ')}`));
}

/** What happened, the same thing in a row told once: an exception is raised by each event of its return. */
function history({ t, when }, entries) {
  if (!entries || entries.length === 0) return null;
  return el(
    'ul.rl-history',
    {},
    ...folded(entries).map(({ at, who, action, note, times }) =>
      el(
        'li',
        {},
        el(
          'div',
          {},
          t(`history.${action.replace(/ /g, '-')}`),
          times > 1 ? ` ${t('history.times', { n: times })}` : '',
          note ? `: ${note}` : '',
        ),
        el('div.rl-quiet', {}, `${when(at)} · ${who}`),
      ),
    ),
  );
}

/** Which router, where there is something to say: it has a name of its own, or does not run. */
function parkedBy(t, { routerName }) {
  if (routerName === null) return t('fact.flowGone');
  return routerName === 'returns-exception-router' ? null : routerName;
}
