// The API documentation at /api/docs, in a real browser.

import { eventually } from '@ticketing/common/testing';
import { readFileSync } from 'node:fs';
import { startCheckedSystem } from '../system/checked-system.js';
import type { System } from '../system/system.js';
import { hasBrowser, visit, type Visit } from './browser.js';

type Axe = {
  run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
};

// In CI a missing browser fails the test.
if (hasBrowser || process.env['CI'])
  describe('the API documentation page', () => {
    testPage();
  });
else test('skipped: Chromium is not installed (apt-get install chromium)', () => undefined);

function testPage(): void {
  let system: System;
  let docs: Visit;
  beforeAll(async () => {
    system = await startCheckedSystem();
    docs = await visit(system.url('gateway'), '/api/docs');
    await docs.page.waitForSelector('.opblock');
  });
  afterAll(async () => {
    await docs?.close();
    await system?.stop();
  });

  const shownOperations = () => docs.page.locator('.opblock-summary-operation-id').allTextContents();

  async function expectSearch(phrase: string, operations: readonly string[]): Promise<void> {
    await docs.page.fill('.search', phrase);
    await eventually(async () => expect(await shownOperations()).toEqual(operations));
  }

  /** Executes the operation with its example. Returns the status and body of the answer. */
  async function execute(operation: string): Promise<{ status: string; body: unknown }> {
    const block = docs.page.locator('.opblock', {
      has: docs.page.locator('.opblock-summary-operation-id', { hasText: new RegExp(`^${operation}$`) }),
    });
    await block.locator('.opblock-summary').click();
    await block.locator('.execute').click();
    const answer = block.locator('.live-responses-table tbody tr');
    const status = await answer.locator('.response-col_status').first().innerText();
    const body = await answer.locator('.highlight-code code').first().innerText();
    // The next execution must not read this answer.
    await block.locator('.btn-clear').click();
    await block.locator('.opblock-summary').click();
    return { status: status.trim(), body: JSON.parse(body) as unknown };
  }

  test('shows every operation', async () => {
    expect(await shownOperations()).toEqual(
      expect.arrayContaining(['signUp', 'listTickets', 'placeOrder', 'payOrder']),
    );
  });

  test('finds operations by word, path and refusal code', async () => {
    const allOperations = await shownOperations();
    await expectSearch('signed-in null', ['showCurrentUser']);
    await expectSearch('card-declined', ['payOrder']);
    await expectSearch('/api/orders/ delete', ['cancelOrder']);
    await expectSearch('no such word', []);
    await expectSearch('', allOperations);
  });

  test('executes operations with the session of its own sign-up', async () => {
    expect(await execute('listOrders')).toMatchObject({ status: '401' });
    expect(await execute('signUp')).toMatchObject({ status: '201', body: { email: 'ann@example.com' } });
    expect(await execute('createTicket')).toMatchObject({ status: '201', body: { status: 'available' } });
    expect(await execute('listTickets')).toMatchObject({
      status: '200',
      body: [{ title: 'Cup final, row 3' }],
    });
    expect(await execute('listOrders')).toEqual({ status: '200', body: [] });
  });

  /** The serious and critical findings of axe. */
  async function flaws(): Promise<string[]> {
    await docs.page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
    return docs.page.evaluate(async () => {
      const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run();
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
    });
  }

  describe.each([
    ['a phone', { width: 360, height: 740 }],
    ['a desktop', { width: 1440, height: 900 }],
  ])('on %s', (_device, viewport) => {
    beforeAll(async () => {
      await docs.page.setViewportSize(viewport);
      await docs.page.goto(`${system.url('gateway')}/api/docs`);
      await docs.page.waitForSelector('.opblock');
    });

    test('has the first operations on the first screen, and nothing beside it', async () => {
      const first = await docs.page.locator('.opblock').nth(1).boundingBox();
      expect((first?.y ?? Infinity) + (first?.height ?? 0)).toBeLessThan(viewport.height);
      expect(await docs.page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);
    });

    test('has no serious finding of axe, whether its parts are closed or open', async () => {
      expect(await flaws()).toEqual([]);
      await docs.page.locator('.about summary').click();
      for (const path of ['/api/orders', '/api/tickets'])
        await docs.page
          .locator('.opblock', { has: docs.page.locator(`[data-path="${path}"]`) })
          .first()
          .locator('.opblock-summary-control')
          .click();
      await docs.page.locator('.opblock.is-open .responses-table').nth(1).waitFor();
      await eventually(async () => expect(await flaws()).toEqual([]));
      expect(await docs.page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);
    });
  });

  test('sends requests to its own origin only, and logs no error except the expected 401', () => {
    expect(docs.problems).toEqual([expect.stringContaining('401')]);
  });
}
