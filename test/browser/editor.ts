import { chromium, type Browser, type Page } from 'playwright-core';
import type { NodeRedProcess } from '../../scripts/node-red-process';

export const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** The editor's own object, as far as the tests ask it. It lives in the page. */
interface EditorRed {
  nodes: {
    node(id: string): { valid: boolean; validationErrors?: string[]; type: string; dirty?: boolean } | null;
    filterNodes(filter: { type: string }): { id: string }[];
  };
  editor: { edit(node: unknown): void; editConfig(name: string, type: string, id: string): void };
}

declare const RED: EditorRed;

/** A browser with Node-RED's editor open in it. */
export class Editor {
  readonly faults: string[] = [];

  private constructor(
    private readonly browser: Browser,
    readonly page: Page,
  ) {
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/favicon|Failed to load resource/.test(message.text()))
        this.faults.push(message.text());
    });
  }

  static async open(nodeRed: NodeRedProcess, dark = false): Promise<Editor> {
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    const page = await browser.newPage({
      viewport: { width: 1500, height: 950 },
      colorScheme: dark ? 'dark' : 'light',
    });
    page.setDefaultTimeout(15_000);
    // The user setting of Node-RED 5; it follows the system only when it is told to.
    await page.addInitScript(
      (theme) => localStorage.setItem('view-dark-theme', theme),
      dark ? 'dark' : 'light',
    );
    const editor = new Editor(browser, page);
    await page.goto(nodeRed.baseUrl);
    await editor.ready();
    return editor;
  }

  /** Loads the editor anew: only what was deployed comes back. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }

  private async ready(): Promise<void> {
    await this.page.waitForSelector('.red-ui-palette-node[data-palette-type="happy-returns-in"]', {
      timeout: 60_000,
    });
    await this.page.waitForSelector('#red-ui-workspace-chart');
    await this.page.waitForFunction(
      () => document.querySelector('#red-ui-loading-progress:not([style*="none"])') === null,
    );
  }

  /** Drags a node from the palette to the canvas and gives its id. */
  async drag(type: string, x: number, y: number): Promise<string> {
    const known = await this.idsOf(type);
    const entry = this.page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
    await entry.scrollIntoViewIfNeeded();
    const from = await entry.boundingBox();
    const chart = await this.page.locator('#red-ui-workspace-chart').boundingBox();
    if (!from || !chart) throw new Error(`${type} is not in the palette`);
    await this.page.mouse.move(from.x + 20, from.y + 10);
    await this.page.mouse.down();
    await this.page.mouse.move(chart.x + x - 30, chart.y + y - 30, { steps: 8 });
    await this.page.mouse.move(chart.x + x, chart.y + y, { steps: 8 });
    await this.page.mouse.up();
    await this.page.waitForFunction(
      ([wanted, before]) => RED.nodes.filterNodes({ type: wanted }).length > before,
      [type, known.length] as const,
    );
    const id = (await this.idsOf(type)).find((one) => !known.includes(one));
    if (id === undefined) throw new Error(`${type} did not arrive on the canvas`);
    return id;
  }

  idsOf(type: string): Promise<string[]> {
    return this.page.evaluate(
      (wanted) => RED.nodes.filterNodes({ type: wanted }).map((node) => node.id),
      type,
    );
  }

  async edit(id: string): Promise<void> {
    await this.page.evaluate((one) => RED.editor.edit(RED.nodes.node(one)), id);
    await this.page.waitForSelector('#node-dialog-ok', { state: 'visible' });
    await this.trayIsStill();
  }

  async editConfig(type: string, id: string): Promise<void> {
    await this.page.evaluate(([kind, one]) => RED.editor.editConfig('', kind, one), [type, id] as const);
    await this.page.waitForSelector('#node-config-dialog-ok', { state: 'visible' });
    await this.trayIsStill();
  }

  /** Opens the dialog of a new config node from the field of a node. */
  async addConfig(field: string): Promise<void> {
    await this.page.locator(`#node-input-btn-${field}-add`).click();
    await this.page.waitForSelector('#node-config-dialog-ok', { state: 'visible' });
    await this.trayIsStill();
  }

  /** Presses the button that saves the dialog on top; below a config node's dialog the node's own comes back. */
  async save(): Promise<void> {
    const config = await this.page.locator('#node-config-dialog-ok').isVisible();
    const button = config ? '#node-config-dialog-ok' : '#node-dialog-ok';
    await this.page.locator(button).click();
    await this.page.waitForSelector(button, { state: 'detached' });
    await this.trayIsStill();
  }

  /** Waits until the editor calls a node set up right, or wrong, and gives its reasons. */
  async judged(id: string, valid: boolean): Promise<string[]> {
    const look = (): Promise<{ valid: boolean; errors: string[] }> =>
      this.page.evaluate((one) => {
        const node = RED.nodes.node(one);
        return { valid: node?.valid ?? false, errors: node?.validationErrors ?? [] };
      }, id);
    await this.page
      .waitForFunction(([one, wanted]) => RED.nodes.node(one)?.valid === wanted, [id, valid] as const, {
        timeout: 5000,
      })
      .catch(async () => {
        throw new Error(`${id} should be ${valid ? 'valid' : 'invalid'}: ${JSON.stringify(await look())}`);
      });
    return (await look()).errors;
  }

  async deploy(): Promise<void> {
    const answer = this.page.waitForResponse(
      (response) => response.url().endsWith('/flows') && response.request().method() === 'POST',
    );
    await this.page.locator('#red-ui-header-button-deploy').click();
    await answer;
  }

  /** The status text of a node on the canvas, as soon as it fits. */
  async status(id: string, pattern: RegExp): Promise<string> {
    const label = this.page.locator(`[id="${id}"] .red-ui-flow-node-status-label`);
    await this.page.waitForFunction(
      ([one, source]) =>
        new RegExp(source).test(
          document.querySelector(`[id="${one}"] .red-ui-flow-node-status-label`)?.textContent ?? '',
        ),
      [id, pattern.source] as const,
    );
    return (await label.textContent()) ?? '';
  }

  private async trayIsStill(): Promise<void> {
    await this.page.evaluate(() => delete (window as unknown as { lastTrayX?: number }).lastTrayX);
    await this.page.waitForFunction(() => {
      const trays = document.querySelectorAll('.red-ui-tray');
      const last = trays[trays.length - 1];
      if (!last) return document.querySelector('#red-ui-editor-shade:not([style*="none"])') === null;
      const box = last.getBoundingClientRect();
      const keep = window as unknown as { lastTrayX?: number; stillFor?: number };
      keep.stillFor = keep.lastTrayX === box.x && box.width > 100 ? (keep.stillFor ?? 0) + 1 : 0;
      keep.lastTrayX = box.x;
      // The slide begins after a moment of rest.
      return keep.stillFor > 20;
    });
  }

  async close(): Promise<void> {
    await this.browser.close();
  }
}
