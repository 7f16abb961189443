import { pagesOf, sight } from './words.mjs';

const PAGE = 100;
/** Lists so far: each has a name of its own, for the ids of its rows. */
let made = 0;

/**
 * A list of any length: only the rows in sight are in the page, and only the pages of it that were looked at were
 * fetched. One stop for the Tab key; the arrow keys go from row to row, Enter opens.
 */
export class LongList {
  /**
   * @param {object} options
   * @param {string} options.label  for those who hear the page
   * @param {number} options.rowHeight  in pixels, the same for all
   * @param {(offset: number, limit: number) => Promise<{total: number, rows: object[]}>} options.fetch
   * @param {(row: object) => HTMLElement[]} options.draw  what stands in a row
   * @param {(row: object) => string} options.tip  what a row says when it is pointed at
   * @param {(row: object) => string} options.key
   * @param {(row: object) => void} options.open
   * @param {(failure: unknown) => void} options.failed
   * @param {(total: number) => void} options.counted
   */
  constructor(options) {
    this.options = options;
    this.rows = new Map();
    this.asked = new Set();
    this.drawn = new Map();
    made += 1;
    this.name = `rl-list-${made}`;
    this.total = 0;
    /** Whether it was counted at all. */
    this.known = false;
    this.active = 0;
    this.round = 0;
    this.element = document.createElement('div');
    this.element.className = 'rl-long-list';
    this.element.tabIndex = 0;
    this.element.setAttribute('role', 'listbox');
    this.element.setAttribute('aria-label', options.label);
    this.space = document.createElement('div');
    this.space.className = 'rl-long-list-space';
    this.element.append(this.space);
    this.element.addEventListener('scroll', () => this.paint());
    this.element.addEventListener('click', (event) => this.click(event));
    this.element.addEventListener('keydown', (event) => this.key(event));
    this.sizes = new ResizeObserver(() => this.paint());
    this.sizes.observe(this.element);
  }

  /** Fetches anew what is in sight; what was there stays until the answer has come. */
  async refresh() {
    this.round += 1;
    this.asked.clear();
    const { first, last } = this.inSight(Math.max(this.total, 1));
    await this.fetchPages(pagesOf(first, Math.max(last, 1), PAGE), true);
  }

  close() {
    this.round += 1;
    this.sizes.disconnect();
  }

  get isEmpty() {
    return this.total === 0;
  }

  inSight(total) {
    return sight(this.element.scrollTop, this.element.clientHeight, this.options.rowHeight, total);
  }

  async fetchPages(pages, anew = false) {
    const round = this.round;
    const wanted = pages.filter((page) => !this.asked.has(page));
    for (const page of wanted) this.asked.add(page);
    for (const page of wanted) {
      try {
        const { total, rows } = await this.options.fetch(page * PAGE, PAGE);
        if (round !== this.round) return;
        if (anew) this.rows.clear();
        anew = false;
        this.total = total;
        this.known = true;
        rows.forEach((row, at) => this.rows.set(page * PAGE + at, row));
        this.active = Math.max(0, Math.min(this.active, total - 1));
        this.options.counted(total);
        this.paint();
      } catch (failure) {
        this.asked.delete(page);
        if (round === this.round) this.options.failed(failure);
        return;
      }
    }
  }

  paint() {
    const { rowHeight } = this.options;
    this.space.style.height = `${this.total * rowHeight}px`;
    const { first, last } = this.inSight(this.total);
    for (const [at, { element }] of this.drawn) {
      if (at >= first && at < last) continue;
      element.remove();
      this.drawn.delete(at);
    }
    for (let at = first; at < last; at += 1) this.drawRow(at);
    const active = this.space.querySelector('[aria-selected="true"]');
    if (active) this.element.setAttribute('aria-activedescendant', active.id);
    else this.element.removeAttribute('aria-activedescendant');
    const missing = pagesOf(first, last, PAGE).filter((page) => !this.asked.has(page));
    if (missing.length > 0) void this.fetchPages(missing);
  }

  /**
   * A row stays the same element, and nothing in it is pointed at by itself: where what was pressed is drawn anew before
   * it is let go, the browser makes no click of it.
   */
  drawRow(at) {
    const row = this.rows.get(at);
    // With the minute, for ages are told in it.
    const content = JSON.stringify([row ?? null, Math.floor(Date.now() / 60_000)]);
    const known = this.drawn.get(at);
    const element = known?.element ?? this.newRow(at);
    if (known?.content !== content) {
      element.replaceChildren(...(row ? this.options.draw(row) : ['…']));
      element.title = (row && this.options.tip?.(row)) || '';
      this.drawn.set(at, { element, content });
    }
    element.setAttribute('aria-setsize', String(this.total));
    element.setAttribute('aria-selected', String(at === this.active));
  }

  newRow(at) {
    const element = document.createElement('div');
    element.className = 'rl-row';
    element.id = `${this.name}-row-${at}`;
    element.setAttribute('role', 'option');
    element.setAttribute('aria-posinset', String(at + 1));
    element.style.top = `${at * this.options.rowHeight}px`;
    element.style.height = `${this.options.rowHeight}px`;
    this.space.append(element);
    return element;
  }

  /** By its place: between press and release the rows may have been drawn anew. */
  click(event) {
    const y = event.clientY - this.space.getBoundingClientRect().top;
    const at = Math.floor(y / this.options.rowHeight);
    const row = this.rows.get(at);
    if (!row) return;
    this.active = at;
    this.paint();
    this.options.open(row);
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.options.rowHeight) - 1);
    const to = {
      ArrowDown: this.active + 1,
      ArrowUp: this.active - 1,
      PageDown: this.active + page,
      PageUp: this.active - page,
      Home: 0,
      End: this.total - 1,
    }[event.key];
    if (to !== undefined) this.moveTo(to);
    else if (event.key === 'Enter' || event.key === ' ') {
      const row = this.rows.get(this.active);
      if (row) this.options.open(row);
    } else return;
    // The editor moves selected nodes with the same keys.
    event.preventDefault();
    event.stopPropagation();
  }

  moveTo(at) {
    if (this.total === 0) return;
    this.active = Math.max(0, Math.min(this.total - 1, at));
    const { rowHeight } = this.options;
    const { scrollTop, clientHeight } = this.element;
    const top = this.active * rowHeight;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + rowHeight > scrollTop + clientHeight)
      this.element.scrollTop = top + rowHeight - clientHeight;
    this.paint();
  }
}
