import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { flowOfExceptions, PARK_MANY, PARK_THREE } from '../support/many-exceptions';
import { BUTTON, Rehearsal, settled } from '../support/rehearsal';
import { Editor } from './editor';
import { Sidebar } from './sidebar';

const MANY = 10_000;

describe('the sidebar Returns', () => {
  let rehearsal: Rehearsal;
  let editor: Editor;
  let sidebar: Sidebar;
  before(async () => {
    rehearsal = await Rehearsal.start(flowOfExceptions(MANY));
    editor = await Editor.open(rehearsal.nodeRed);
    sidebar = new Sidebar(editor.page);
  });
  after(async () => {
    await editor.close();
    await rehearsal.end();
  });

  /** The same in the other theme, for the eye. */
  const alsoDark = async (name: string, show: (other: Sidebar) => Promise<void>): Promise<void> => {
    const dark = await Editor.open(rehearsal.nodeRed, true);
    try {
      const other = new Sidebar(dark.page);
      await other.open();
      await show(other);
      await other.picture(`${name}-dark`);
      assert.deepEqual(dark.faults, []);
    } finally {
      await dark.close();
    }
  };

  it('says in words that nothing is open', async () => {
    await sidebar.open();
    await sidebar.message(/Nothing is open/);
    await sidebar.picture('empty-light');
    await alsoDark('empty', (other) => other.message(/Nothing is open/));
  });

  it('shows what was parked without being asked, the most urgent first, by owner', async () => {
    await rehearsal.nodeRed.inject(BUTTON.send);
    await rehearsal.until(settled);
    await rehearsal.nodeRed.inject(PARK_THREE);
    await sidebar.opened(5);
    await sidebar.listed(5);
    const rows = await sidebar.rows();
    assert.match(rows[0] ?? '', /HR1000000/);
    assert.ok(rows.some((row) => row.includes('STOP-42-RED')));
    await sidebar.picture('five-light');
    await alsoDark('five', (other) => other.listed(5));
    await sidebar.owner.selectOption('integration');
    await sidebar.listed(1);
    assert.match((await sidebar.rows())[0] ?? '', /HR1000002/);
    await sidebar.owner.selectOption('');
    await sidebar.listed(5);
  });

  it('finds a return by its number, and says what to do where nothing fits', async () => {
    const search = sidebar.root.getByRole('searchbox');
    await search.fill('hr1000001');
    await sidebar.listed(1);
    await search.fill('nothing like this');
    await sidebar.message(/Nothing fits/);
    await sidebar.button('Show all again').click();
    await sidebar.listed(5);
  });

  it('opens a row that is drawn anew while it is pressed', async () => {
    const { page } = editor;
    const title = sidebar.row(/HR1000000/).locator('.rl-title');
    const box = await title.boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + 5, box.y + 5);
    await page.mouse.down();
    await title.evaluate((old) => old.replaceWith(old.cloneNode(true)));
    await page.mouse.up();
    await sidebar.root.locator('h3').waitFor();
    await sidebar.button(/Back to the list/).click();
    await sidebar.listed(5);
  });

  it('is used by keyboard alone: list, row, detail, form, back', async () => {
    const { keyboard } = editor.page;
    await sidebar.list.focus();
    await keyboard.press('ArrowDown');
    await keyboard.press('ArrowDown');
    await keyboard.press('Home');
    await keyboard.press('Enter');
    await sidebar.root.locator('h3').waitFor();
    assert.ok(await sidebar.root.locator('h3').evaluate((heading) => heading === document.activeElement));
    await sidebar.button('Note').focus();
    await keyboard.press('Enter');
    await keyboard.type('Asked the warehouse');
    await keyboard.press('Escape');
    await sidebar.root.locator('form').waitFor({ state: 'detached' });
    await keyboard.press('Escape');
    await sidebar.listed(5);
    assert.ok(await sidebar.list.evaluate((list) => list === document.activeElement));
  });

  it('shows evidence, steps and history of one, and keeps what people write', async () => {
    await sidebar.row(/HR1000000/).click();
    const detail = sidebar.root.locator('.rl-detail');
    await detail.locator('ol li').first().waitFor();
    assert.match(await detail.innerText(), /expected[\s\S]*received/i);
    await sidebar.button('Note').click();
    await sidebar.button('Save').click();
    assert.match(await detail.locator('form').innerText(), /Write something/);
    await detail.locator('form textarea').fill('Asked the tax team; they answer on Monday');
    await sidebar.picture('form-light');
    await sidebar.button('Save').click();
    await detail.locator('.rl-history', { hasText: 'they answer on Monday' }).waitFor();
    await sidebar.picture('detail-light');
    await sidebar.button('Assign').click();
    await detail.locator('form select').selectOption('integration');
    await detail.locator('form').getByRole('button', { name: 'Assign' }).click();
    await detail.locator('dl', { hasText: 'integration' }).waitFor();
    await alsoDark('detail', async (other) => {
      await other.row(/HR1000000/).click();
      await other.root.locator('.rl-history').first().waitFor();
    });
    await sidebar.button(/Back to the list/).click();
  });

  it('R141, R148: what was mended in the ERP goes on and closes by itself', async () => {
    await rehearsal.nodeRed.inject(BUTTON.unblock);
    await sidebar.row(/STOP-42-RED/).click();
    await sidebar.button('Resume').click();
    await rehearsal.until(settled);
    await sidebar.opened(4);
    await sidebar.listed(4);
  });

  it('R17: done outside needs a reason, and closes', async () => {
    await sidebar.row(/HR1000001/).click();
    await sidebar.button('Done outside').click();
    await sidebar.root.locator('form textarea').fill('Credit note CN-4711 made by hand');
    await sidebar.button('Close as done outside').click();
    await sidebar.opened(3);
    await sidebar.listed(3);
  });

  it('says when what came cannot be sent again', async () => {
    await sidebar.row(/HR1000002/).click();
    await sidebar.button('Resume').click();
    await editor.page.locator('.red-ui-notification', { hasText: 'Nothing was resumed' }).waitFor();
    await sidebar.button(/Back to the list/).click();
  });

  it('stays quick and readable with 10,000', async () => {
    await rehearsal.nodeRed.inject(PARK_MANY);
    await sidebar.root
      .locator('.rl-counts strong', { hasText: /^(9,999|10,00\d) open$/ })
      .waitFor({ timeout: 120_000 });
    await sidebar.picture('many-causes-light');
    await sidebar.view.selectOption('return');
    await editor.page.waitForFunction(
      () => Number(document.querySelector('.rl-row')?.getAttribute('aria-setsize') ?? 0) > 9000,
    );
    const drawn = await sidebar.root.locator('.rl-row').count();
    assert.ok(drawn < 60, `only what is in sight is in the page, but ${drawn} rows are`);
    await sidebar.picture('many-light');
    await sidebar.list.focus();
    await editor.page.keyboard.press('End');
    await editor.page.waitForFunction(() => {
      const active = document.querySelector('.rl-row[aria-selected="true"]');
      return (
        active !== null &&
        active.textContent !== '…' &&
        active.getAttribute('aria-posinset') === active.getAttribute('aria-setsize')
      );
    });
    await alsoDark('many', async (other) => {
      await other.root.locator('.rl-row').first().waitFor();
    });
  });

  it('shows a cause with all its returns, and acts on all of them at once', async () => {
    await sidebar.view.selectOption('cause');
    await sidebar.root.getByRole('searchbox').fill('refurbish');
    await sidebar
      .row(/REFURBISH/)
      .first()
      .click();
    await sidebar.root.locator('.rl-row', { hasText: 'return HR' }).first().waitFor();
    await sidebar.picture('cause-light');
    await sidebar.button(/^Discard/).click();
    await sidebar.root.locator('form textarea').fill('These were made for a test');
    await sidebar.root.locator('form').getByRole('button', { name: 'Discard' }).click();
    await sidebar.root
      .locator('.rl-counts strong', { hasText: /^8,00\d open$/ })
      .waitFor({ timeout: 60_000 });
  });

  it('leaves the editor without a fault', () => {
    assert.deepEqual(editor.faults, []);
  });
});
