// The API documentation at /api/docs, in a real browser.

import { eventually } from '@ticketing/common/testing';
import { startCheckedSystem } from '../system/checked-system.js';
import type { System } from '../system/system.js';
import { hasBrowser, visit, type Visit } from './browser.js';

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

  test('sends requests to its own origin only, and logs no error except the expected 401', () => {
    expect(docs.problems).toEqual([expect.stringContaining('401')]);
  });
}
