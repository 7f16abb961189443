import { asking } from './api.mjs';
import { CauseScreen, ExceptionScreen, scoreBadge, scoreTip, WaitingScreen } from './detail.mjs';
import { button, el } from './dom.mjs';
import { LongList } from './list.mjs';
import { moneyText, moneyTexts, span } from './words.mjs';

const TAB = 'returns-ledger';
const TOPIC = 'returns-ledger/exceptions';
/** While it is looked at, it says so to the server, which tells of changes only as long as somebody looks. */
const STILL_HERE_MS = 20_000;
/** A word is looked for when the typing rests. */
const TYPING_RESTS_MS = 250;

/** Adds the sidebar *Returns* to the editor. */
export function addSidebar(RED, $, t, resources) {
  document.head.append(el('link', { rel: 'stylesheet', href: resources + 'sidebar.css' }));
  const panel = new Panel({
    ask: asking($),
    t,
    notify: (text, type) => RED.notify(text, { type, timeout: 6000 }),
  });
  RED.actions.add('returns-ledger:show-exceptions', () => RED.sidebar.show(TAB), { label: t('action') });
  RED.sidebar.addTab({
    id: TAB,
    label: t('name'),
    name: t('label'),
    content: panel.element,
    iconClass: 'fa fa-inbox',
    enableOnEdit: true,
    action: 'returns-ledger:show-exceptions',
    onchange: () => panel.look(),
  });
  RED.comms.subscribe(TOPIC, (_topic, { stores }) => panel.told(stores));
  return panel;
}

class Panel {
  constructor({ ask, t, notify }) {
    this.t = t;
    this.ask = ask;
    this.stores = [];
    this.owners = [];
    this.filter = { owner: '', text: '', view: 'cause' };
    this.version = null;
    this.screens = [];
    const locale = document.documentElement.lang || undefined;
    this.desk = {
      ask,
      t,
      locale,
      owners: [],
      store: '',
      said: ({ text, warn }) => notify(text, warn ? 'warning' : 'success'),
      failed: (failure, aloud = false) => this.failed(failure, aloud),
      ago: (at) => this.spanText(Date.now() - Date.parse(at)),
      number: (n) => new Intl.NumberFormat(locale).format(n),
      until: (at) => this.untilText(at),
      when: (at) =>
        new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at)),
    };
    this.build();
    this.openList();
    new window.IntersectionObserver((seen) => {
      if (seen.some(({ isIntersecting }) => isIntersecting)) void this.look();
    }).observe(this.element);
    window.setInterval(() => {
      if (this.isSeen()) void this.look();
    }, STILL_HERE_MS);
  }

  build() {
    const { t } = this;
    this.storeSelect = el('select', {
      'aria-label': t('store'),
      hidden: true,
      onchange: () => this.choose(this.storeSelect.value),
    });
    this.open = el('strong', {});
    this.waiting = el('button.rl-link', {
      type: 'button',
      title: t('waitingTip'),
      onclick: () => this.openWaiting(),
    });
    this.inFlight = el('span', { title: t('inFlightTip') });
    this.counts = el('div.rl-line.rl-counts', { role: 'status' }, this.open, this.waiting, this.inFlight);
    this.owner = el('select', {
      'aria-label': t('owners'),
      onchange: () => this.narrow({ owner: this.owner.value }),
    });
    this.search = el('input', {
      type: 'search',
      placeholder: t('search'),
      'aria-label': t('search'),
      oninput: () => this.typed(),
    });
    this.view = el(
      'select',
      { 'aria-label': t('view'), onchange: () => this.narrow({ view: this.view.value }) },
      el('option', { value: 'cause' }, t('byCause')),
      el('option', { value: 'return' }, t('byReturn')),
    );
    const again = button('', t('refresh'), () => void this.look(true), { 'aria-label': t('refresh') });
    again.append(el('i.fa.fa-refresh'));
    this.message = el('div.rl-message', { hidden: true });
    this.alert = el('div.rl-message.rl-problem', { role: 'alert', hidden: true });
    this.narrowing = el(
      'div.rl-narrow',
      {},
      el('div.rl-line.rl-two', {}, this.owner, this.view),
      this.search,
    );
    this.body = el('div.rl-body');
    this.element = el(
      'div.rl-sidebar',
      {
        onkeydown: (event) => {
          if (event.key !== 'Escape' || this.screens.length < 2) return;
          event.stopPropagation();
          this.back();
        },
      },
      el(
        'div.rl-head',
        {},
        this.storeSelect,
        el('div.rl-line.rl-top', {}, this.counts, again),
        this.narrowing,
      ),
      this.alert,
      this.message,
      this.body,
    );
  }

  get store() {
    return this.stores.find(({ id }) => id === this.desk.store);
  }

  isSeen() {
    return document.visibilityState === 'visible' && this.element.offsetParent !== null;
  }

  /** Asks how things are, and so tells the server that somebody looks. */
  async look(anew = false) {
    try {
      const { stores, owners } = await this.ask('GET', '/overview');
      this.owners = owners;
      this.told(stores, anew);
    } catch (failure) {
      this.failed(failure);
    }
  }

  /** The counts are these now; lists are fetched anew where an exception has changed. */
  told(stores, anew = false) {
    const before = this.desk.store;
    this.stores = stores;
    if (!this.store) this.desk.store = (stores.find(({ open }) => open > 0) || stores[0])?.id ?? '';
    const { store } = this;
    const version = store ? `${store.id} ${store.version} ${store.problem}` : '';
    this.drawHead();
    if (before !== this.desk.store) this.toList();
    if (anew || version !== this.version || !this.alert.hidden) {
      this.version = version;
      void this.refresh();
    }
  }

  choose(id) {
    this.desk.store = id;
    this.version = null;
    this.filter = { ...this.filter, owner: '', text: '' };
    this.search.value = '';
    this.toList();
    this.told(this.stores);
  }

  narrow(change) {
    this.filter = { ...this.filter, ...change };
    this.drawHead();
    this.toList();
    this.openList();
    void this.refresh();
  }

  typed() {
    window.clearTimeout(this.typing);
    this.typing = window.setTimeout(() => this.narrow({ text: this.search.value.trim() }), TYPING_RESTS_MS);
  }

  drawHead() {
    const { t, store, stores } = this;
    this.storeSelect.hidden = stores.length < 2;
    choices(
      this.storeSelect,
      stores.map(({ id, name }) => [id, name]),
      this.desk.store,
    );
    const { open = 0, waiting = 0, inFlight = 0, owners = {} } = store || {};
    const { number } = this.desk;
    say(this.open, t('open', { n: number(open) }));
    say(this.waiting, t('waiting', { n: number(waiting) }));
    this.waiting.disabled = waiting === 0;
    say(this.inFlight, t('inFlight', { n: number(inFlight) }));
    this.desk.owners = [...new Set([...this.owners, ...Object.keys(owners)])];
    const chosen = this.filter.owner;
    const named = chosen === '' || chosen in owners ? [] : [[chosen, 0]];
    choices(
      this.owner,
      [
        ['', t('everyone'), open],
        ...[...Object.entries(owners), ...named].map(([owner, n]) => [owner, owner, n]),
      ].map(([owner, text, n]) => [owner, `${text}: ${number(n)}`]),
      chosen,
    );
  }

  /** The list as the filter wants it. */
  openList() {
    const { t, desk } = this;
    const byCause = this.filter.view === 'cause';
    const list = new LongList({
      label: t('list'),
      rowHeight: 66,
      key: (row) => (byCause ? `${row.router} ${row.cause}` : row.id),
      fetch: async (offset, limit) => {
        const { owner, text } = this.filter;
        const answer = await desk.ask('GET', `/${desk.store}/${byCause ? 'groups' : 'exceptions'}`, {
          owner,
          text,
          offset,
          limit,
        });
        return { total: answer.total, rows: byCause ? answer.groups : answer.exceptions };
      },
      draw: (row) => (byCause ? causeRow(desk, row) : exceptionRow(desk, row)),
      tip: (row) =>
        byCause ? scoreTip(desk, row.rank.score, row.rank.parts) : scoreTip(desk, row.score, row.parts),
      open: (row) => (byCause ? this.openCause(row) : this.openException(row.id)),
      failed: (failure) => this.failed(failure),
      counted: () => this.drawMessage(),
    });
    this.screens[0]?.close();
    const screen = {
      element: list.element,
      list,
      refresh: () => list.refresh(),
      focus: () => list.element.focus(),
      close: () => list.close(),
    };
    this.screens = [screen];
    this.showTop();
  }

  openCause(group) {
    if (group.count === 1) return this.openException(group.top.id);
    this.push(
      new CauseScreen(this.desk, {
        group,
        open: ({ id }) => this.openException(id),
        back: () => this.back(),
      }),
    );
  }

  openException(id) {
    const backText = this.t(this.screens.length > 1 ? 'backToCause' : 'back');
    this.push(new ExceptionScreen(this.desk, { id, back: () => this.back(), backText }));
  }

  openWaiting() {
    this.toList();
    this.push(new WaitingScreen(this.desk, { back: () => this.back() }));
  }

  push(screen) {
    this.screens.push(screen);
    this.showTop();
    this.refresh().then(() => {
      if (this.screens.at(-1) === screen) screen.focus();
    });
  }

  back() {
    if (this.screens.length < 2) return;
    this.screens.pop().close();
    this.showTop();
    this.screens.at(-1).focus();
    void this.refresh();
  }

  toList() {
    while (this.screens.length > 1) this.screens.pop().close();
    this.showTop();
  }

  showTop() {
    const top = this.screens.at(-1);
    if (this.body.firstElementChild !== top.element) this.body.replaceChildren(top.element);
    this.narrowing.hidden = this.screens.length > 1;
    this.drawMessage();
  }

  async refresh() {
    if (!this.store || this.store.problem !== null) {
      this.drawMessage();
      return;
    }
    const screen = this.screens.at(-1);
    try {
      await screen.refresh();
      this.alert.hidden = true;
      this.drawMessage();
    } catch (failure) {
      if (failure.status === 404 && this.screens.length > 1 && this.screens.at(-1) === screen) this.back();
      else this.failed(failure);
    }
  }

  /** What stands there instead of a list with nothing in it. */
  drawMessage() {
    const { t, store, filter } = this;
    const [list] = this.screens;
    const empty = this.screens.length === 1 && list.list.isEmpty;
    const filtered = filter.owner !== '' || filter.text !== '';
    const parts = !store
      ? this.version === null
        ? []
        : [t('empty.noStore')]
      : store.problem !== null
        ? [t('error.store', { message: store.problem })]
        : !empty || !list.list.known
          ? []
          : filtered
            ? [t('empty.filtered'), button(t('clear'), '', () => this.clear())]
            : [el('strong', {}, t('empty.title')), t('empty.text')];
    this.message.replaceChildren(...parts);
    this.message.hidden = parts.length === 0;
    this.message.classList.toggle('rl-problem', Boolean(store && store.problem !== null));
    this.body.hidden = parts.length > 0;
  }

  clear() {
    this.search.value = '';
    this.narrow({ owner: '', text: '' });
    this.search.focus();
  }

  failed(failure, aloud = false) {
    const { status, message } = failure;
    const forbidden = status === 401 || status === 403;
    const words = forbidden
      ? this.t(aloud ? 'error.mayNot' : 'error.forbidden')
      : status === 0
        ? this.t('error.offline')
        : message || String(failure);
    this.alert.textContent = words;
    this.alert.hidden = false;
    if (forbidden && !aloud) this.body.hidden = true;
  }

  spanText(ms) {
    const { key, n } = span(ms);
    return this.t(`ago.${key}`, { n });
  }

  untilText(at) {
    const ms = at === null ? 0 : Date.parse(at) - Date.now();
    return ms <= 0 ? this.t('wait.due') : this.t('wait.in', { when: this.spanText(ms) });
  }
}

function causeRow(desk, group) {
  const { t, locale, ago } = desk;
  const { returnNumber } = group.top;
  const what =
    group.count > 1 || !returnNumber
      ? t('row.returns', { n: desk.number(group.count) })
      : t('row.return', { number: returnNumber });
  return [
    el('div', {}, el('span.rl-title', {}, group.title), scoreBadge(desk, group.rank.score, group.rank.parts)),
    el(
      'div',
      {},
      el('span', {}, [group.thing, what].filter(Boolean).join(' · ')),
      el('span', {}, moneyTexts(group.value, locale)),
    ),
    el('div.rl-quiet', {}, el('span', {}, group.owners.join(', ')), el('span', {}, ago(group.firstAt))),
  ];
}

function exceptionRow(desk, row) {
  const { t, locale, ago } = desk;
  const about = [
    row.return && t('row.return', { number: row.return }),
    row.order && t('row.order', { number: row.order }),
  ];
  return [
    el('div', {}, el('span.rl-title', {}, row.title), scoreBadge(desk, row.score, row.parts)),
    el(
      'div',
      {},
      el('span', {}, about.filter(Boolean).join(' · ') || row.summary),
      el('span', {}, row.value ? moneyText(row.value, locale) : ''),
    ),
    el(
      'div.rl-quiet',
      {},
      el('span', {}, [row.owner, row.thing].filter(Boolean).join(' · ')),
      el('span', {}, ago(row.since)),
    ),
  ];
}

/** Text of an element that stays, so that it keeps the focus and a click that has begun. */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** What can be chosen, drawn anew only where it has changed: a list that is open would close. */
function choices(select, options, chosen) {
  const now = JSON.stringify(options);
  if (select.dataset.options !== now) {
    select.dataset.options = now;
    select.replaceChildren(...options.map(([value, text]) => el('option', { value }, text)));
  }
  if (select.value !== chosen) select.value = chosen;
}
