// /api/docs as a developer meets it, in a real browser.

import { eventually } from '@ticketing/common/testing';
import { startWitnessed } from '../system/witness.js';
import type { System } from '../system/system.js';
import { hasBrowser, visit, type Visit } from './browser.js';

// CI has one, or says that it lacks it.
if (hasBrowser || process.env['CI'])
  describe('the page of the API description', () => {
    lookAtIt();
  });
else test('was not looked at: there is no Chromium here (apt-get install chromium)', () => undefined);

function lookAtIt(): void {
  let system: System;
  let docs: Visit;
  beforeAll(async () => {
    system = await startWitnessed();
    docs = await visit(system.url('gateway'), '/api/docs');
    await docs.page.waitForSelector('.opblock');
  });
  afterAll(async () => {
    await docs?.leave();
    await system?.stop();
  });

  const found = () => docs.page.locator('.opblock-summary-operation-id').allTextContents();

  async function finds(phrase: string, operations: readonly string[]): Promise<void> {
    await docs.page.fill('.search', phrase);
    await eventually(async () => expect(await found()).toEqual(operations));
  }

  /** Runs the operation with its example, and gives the answer's status and body. */
  async function tries(operation: string): Promise<{ status: string; body: unknown }> {
    const block = docs.page.locator('.opblock', {
      has: docs.page.locator('.opblock-summary-operation-id', { hasText: new RegExp(`^${operation}$`) }),
    });
    await block.locator('.opblock-summary').click();
    await block.locator('.execute').click();
    const answer = block.locator('.live-responses-table tbody tr');
    const status = await answer.locator('.response-col_status').first().innerText();
    const body = await answer.locator('.highlight-code code').first().innerText();
    // Who tries it again would else find this answer before the next one comes.
    await block.locator('.btn-clear').click();
    await block.locator('.opblock-summary').click();
    return { status: status.trim(), body: JSON.parse(body) as unknown };
  }

  test('shows every operation', async () => {
    expect(await found()).toEqual(
      expect.arrayContaining(['signUp', 'listTickets', 'placeOrder', 'payOrder']),
    );
  });

  test('finds operations by a word, a path and a refusal code', async () => {
    const everything = await found();
    await finds('who signed', ['showCurrentUser']);
    await finds('card-declined', ['payOrder']);
    await finds('/api/orders/ delete', ['cancelOrder']);
    await finds('no such word', []);
    await finds('', everything);
  });

  test('tries operations with the session that signing up there began', async () => {
    expect(await tries('listOrders')).toMatchObject({ status: '401' });
    expect(await tries('signUp')).toMatchObject({ status: '201', body: { email: 'ann@example.com' } });
    expect(await tries('createTicket')).toMatchObject({ status: '201', body: { status: 'available' } });
    expect(await tries('listTickets')).toMatchObject({
      status: '200',
      body: [{ title: 'Cup final, row 3' }],
    });
    expect(await tries('listOrders')).toEqual({ status: '200', body: [] });
  });

  test('asks nobody else for anything, and has nothing to complain of but the refusal that was asked for', () => {
    expect(docs.complaints).toEqual([expect.stringContaining('401')]);
  });
}
