// A process that dies at any point sends each mail once, except between the answer of the mail server and our record of it.
// The processes are real, because the fail point kills them.

import { join } from 'node:path';
import { eventually, startForTest } from '@ticketing/common/testing';
import { startChild } from '@ticketing/common/testing/servers';
import { service } from './service.js';
import { openMailbox, type Mailbox } from './testing/mailbox.js';
import { clientOf, eventsOfOrder, mailEnv } from './testing/start.js';

let mailbox: Mailbox;
beforeAll(async () => {
  mailbox = await openMailbox();
});
afterAll(() => mailbox.close());

// Publishes, and consumes nothing itself.
const { office: _none, ...parts } = service;
const publisher = {
  ...parts,
  ...{ sessions: false, routes: () => [], subscriptions: () => [], jobs: () => [], workers: () => [] },
};

/**
 * Runs notifications in a process that dies at this point; then another one goes on. Returns the Message-IDs of the mails.
 * While `isAway`, the mail server does not answer the first process.
 */
async function messageIdsAfterDyingAt(point: string, { isAway }: { isAway: boolean }): Promise<string[]> {
  const settings = { ...mailEnv(mailbox.url), MAIL_LEASE_MS: '2000', NATS_ACK_WAIT_MS: '1000' };
  const before = await startForTest(service, settings);
  const person = await clientOf(before.publish, before.ctx).aPerson();
  const { env } = before;
  await before.stop();

  if (isAway) await mailbox.close();
  const dying = startChild({
    name: 'dying',
    program: process.execPath,
    args: [join(__dirname, '..', 'dist', 'main.js')],
    env: { ...env, FAIL_POINT: point } as NodeJS.ProcessEnv,
  });
  const outside = await startForTest(publisher, env);
  await outside.publish(eventsOfOrder({ buyer: person }).created);
  expect(await dying.ended).toBe('killed by SIGKILL');
  await outside.stop();
  if (isAway) await mailbox.open();

  const healthy = await startForTest(service, env);
  await eventually(async () =>
    expect(await healthy.ctx.notices.findMailsOf(person.id, 9)).toMatchObject([{ status: 'sent' }]),
  );
  await healthy.stop();
  return mailbox.mailsTo(person.email).map(({ headers }) => headers.get('message-id') ?? '');
}

test.each(['in-handler', 'before-commit', 'before-ack', 'before-send'])(
  'dying at the point %s sends the mail once',
  async (point) => {
    expect(await messageIdsAfterDyingAt(point, { isAway: true })).toHaveLength(1);
  },
);

test('dying between the answer of the mail server and its record sends the mail twice, with one Message-ID', async () => {
  const ids = await messageIdsAfterDyingAt('after-send', { isAway: false });
  expect([ids.length, new Set(ids).size]).toEqual([2, 1]);
});
