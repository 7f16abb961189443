import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { ROOT } from '../../scripts/node-red-process';

const PICTURES = join(ROOT, '.cache', 'screenshots');
mkdirSync(PICTURES, { recursive: true });

declare const RED: { actions: { invoke(name: string): void } };

/** The sidebar *Returns* as a person sees and uses it. */
export class Sidebar {
  readonly root: Locator;
  readonly list: Locator;
  readonly owner: Locator;
  readonly view: Locator;

  constructor(private readonly page: Page) {
    this.root = page.locator('.rl-sidebar');
    this.owner = this.root.getByLabel('Whose exceptions');
    this.view = this.root.getByLabel('What a row of the list is');
    this.list = this.root.locator('.rl-long-list');
  }

  async open(): Promise<void> {
    await this.page.waitForSelector('.rl-sidebar', { state: 'attached' });
    await this.page.evaluate(() => RED.actions.invoke('returns-ledger:show-exceptions'));
    await this.root.waitFor({ state: 'visible' });
  }

  async message(pattern: RegExp): Promise<void> {
    await this.root.locator('.rl-message', { hasText: pattern }).waitFor({ state: 'visible' });
  }

  /** Waits for the count at the top. */
  async opened(n: number): Promise<void> {
    await this.root.locator('.rl-counts strong', { hasText: new RegExp(`^${n} open$`) }).waitFor();
  }

  /** Waits until the list has so many rows, drawn or not. */
  async listed(n: number): Promise<void> {
    await this.page.waitForFunction(
      (wanted) => {
        const row = document.querySelector('.rl-row');
        return row?.getAttribute('aria-setsize') === String(wanted) && row.textContent !== '…';
      },
      n,
      { polling: 50 },
    );
  }

  rows(): Promise<string[]> {
    return this.root.locator('.rl-row').allInnerTexts();
  }

  row(pattern: RegExp): Locator {
    return this.root.locator('.rl-row', { hasText: pattern });
  }

  button(name: string | RegExp): Locator {
    return this.root.getByRole('button', { name, exact: typeof name === 'string' });
  }

  async picture(name: string): Promise<void> {
    await this.page.screenshot({ path: join(PICTURES, `sidebar-${name}.png`) });
  }
}
