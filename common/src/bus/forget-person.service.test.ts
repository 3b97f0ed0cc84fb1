// A service removes its stored messages about a person when the account is deleted.

import { SessionRevoked, UserDeleted, UserUpdated } from '../events/users.js';
import { newId } from '../id.js';
import { eventually, startForTest } from '../testing/index.js';
import { aService } from '../testing/things.js';
import { on } from './subscription.js';

const fail = async () => {
  throw new Error('not handled');
};
const updated = (id: string) =>
  UserUpdated({ id, version: 1, email: 'ada@example.com', emailVerified: true, name: 'Ada' });

test.each([
  ['dead letters', 'deadLetters', { MAX_TRIES: '1' }],
  ['parked messages', 'parkedMessages', { RETRY_DELAY_MS: '60000' }],
])('user:deleted removes the %s that hold the profile, and no others', async (_what, name, env) => {
  const subscriptions = () => [on(UserUpdated, fail), on(SessionRevoked, fail)];
  const service = await startForTest(aService({ subscriptions }), env);
  const bodies = async () => {
    const found = await service.ctx.database.connection.collection(name).find({}).toArray();
    return found.map(({ body }) => String(body)).sort();
  };
  const [gone, other] = [newId(), newId()];
  const revoked = SessionRevoked({ id: gone, version: 1, sessions: [] });
  for (const event of [updated(gone), updated(other), revoked]) await service.publish(event);
  await eventually(async () => expect(await bodies()).toHaveLength(3));

  await service.publish(UserDeleted({ id: gone, version: 2, sessions: [] }));
  await eventually(async () => expect(await bodies()).toHaveLength(2));
  const left = (await bodies()).join();
  expect(left).toContain(other);
  expect(left).toContain('session:revoked');
  expect((await bodies()).filter((body) => body.includes(gone) && body.includes('Ada'))).toEqual([]);
  await service.stop();
});
