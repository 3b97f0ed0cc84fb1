// The personal events of an account leave the bus when it is deleted.

import { openBus } from '@ticketing/common/bus';
import { toEnvelope, UserDeleted, UserUpdated } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { createLogger, jobCause } from '@ticketing/common/observability';
import { BaseConfig, readConfig } from '@ticketing/common/service';
import { busEnv, eventually, startForTest, type TestService } from '@ticketing/common/testing';
import { service } from '../service.js';
import type { AuthContext } from '../store.js';
import { eraseDeletedAccounts } from './erase-deleted-accounts.js';

const password = 'correct horse';
let auth: TestService<AuthContext>;
beforeAll(async () => {
  auth = await startForTest(service, busEnv('jetstream'));
});
afterAll(() => auth.stop());

/** An account whose address is on the bus. */
async function anAccount() {
  const email = `${newId()}@example.com`;
  const answer = await auth.request.post('/api/users/signup').send({ email, password }).expect(201);
  const { id } = answer.body as { id: string };
  await auth.publish(UserUpdated({ id, version: 1, email, emailVerified: true, name: 'Ada' }));
  const cookie = String(answer.get('Set-Cookie')?.[0]?.split(';')[0]);
  const remove = () => auth.request.delete('/api/users').set('Cookie', cookie).send({ password }).expect(204);
  return { id, email, remove };
}

/** All messages of an account that a consumer receives which has received nothing yet. */
async function onTheBus(id: string) {
  const log = createLogger('late', 'silent');
  const onUnusable = (error: Error) => expect(error).toBeUndefined();
  const bus = openBus(readConfig(BaseConfig, auth.env), { clientName: 'late', log, onUnusable });
  const bodies: string[] = [];
  const types = [UserUpdated.type, UserDeleted.type];
  const last = UserDeleted({ id: newId(), version: 0, sessions: [] });
  await auth.publish(last);
  const deliver = async (message: { body: string; ack(): void }) => {
    bodies.push(message.body);
    message.ack();
  };
  bus.consume({ service: newId(), types, concurrency: 1, deliver });
  await eventually(() => expect(bodies.join()).toContain(last.subject));
  await bus.close();
  return bodies.filter((body) => body.includes(id)).join();
}

const minutesLater = (minutes: number) => () => new Date(Date.now() + minutes * 60_000);
const runJob = (now: () => Date, signal = new AbortController().signal) =>
  eraseDeletedAccounts({ ...auth.ctx, now })({ cause: jobCause('test'), signal });
const stored = (id: string) => auth.ctx.users.model.findById(id).lean();

test('a minute after the deletion, the bus holds user:deleted alone', async () => {
  const { id, email, remove } = await anAccount();
  await remove();
  await eventually(async () => expect((await stored(id))?.outbox).toEqual([]));
  // The control: without the job, the address stays.
  await runJob(minutesLater(0));
  expect(await onTheBus(id)).toContain(email);

  await runJob(minutesLater(2));
  const left = await onTheBus(id);
  expect(left).not.toContain(email);
  expect(left).not.toContain('Ada');
  expect(left).toContain('user:deleted');
  expect(await stored(id)).not.toHaveProperty('eraseAt');
});

test('while an event waits in the outbox, nothing is removed; then everything is', async () => {
  const { id, email, remove } = await anAccount();
  await remove();
  await eventually(async () => expect((await stored(id))?.outbox).toEqual([]));
  const profile = { id, version: 2, email, emailVerified: true };
  const waiting = toEnvelope(UserUpdated(profile), jobCause('test'), new Date());
  await auth.ctx.users.model.updateOne({ _id: id }, { $set: { outbox: [waiting] } } as never);
  await runJob(minutesLater(2));
  expect(await onTheBus(id)).toContain(email);

  await auth.ctx.users.model.updateOne({ _id: id }, { $set: { outbox: [] } } as never);
  await runJob(minutesLater(2));
  expect(await onTheBus(id)).not.toContain(email);
});

test('while the bus is away, the account stays to be erased', async () => {
  const { id, email, remove } = await anAccount();
  await remove();
  await eventually(async () => expect((await stored(id))?.outbox).toEqual([]));
  const bus = { ...auth.ctx.bus, erase: () => Promise.reject(new Error('the bus is away')) };
  const away = eraseDeletedAccounts({ ...auth.ctx, bus, now: minutesLater(2) });
  await expect(away({ cause: jobCause('test'), signal: new AbortController().signal })).rejects.toThrow(
    'the bus is away',
  );
  expect(await onTheBus(id)).toContain(email);
  await runJob(minutesLater(2));
  expect(await onTheBus(id)).not.toContain(email);
});

test('an account that is in use stays on the bus', async () => {
  const { id, email } = await anAccount();
  await runJob(minutesLater(2));
  expect(await onTheBus(id)).toContain(email);
});
