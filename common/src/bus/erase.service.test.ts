// Removing what a bus holds about one subject.

import { DependencyDown } from '../errors.js';
import { toEnvelope, type Envelope } from '../events/event.js';
import { UserDeleted, UserUpdated } from '../events/index.js';
import { newId } from '../id.js';
import { jobCause } from '../observability/trace.js';
import { eventually } from '../testing/index.js';
import { aBus, aBusEnv, aConnectedBus, aMember, cleanUp, idsOf } from '../testing/buses.js';

afterEach(cleanUp);

const types = [UserUpdated.type, UserDeleted.type];
const toMessage = (event: ReturnType<typeof UserUpdated | typeof UserDeleted>): Envelope =>
  toEnvelope(event, jobCause('test'), new Date());
const updated = (id: string, version: number) =>
  toMessage(UserUpdated({ id, version, email: 'ada@example.com', emailVerified: true }));
const deleted = (id: string, version: number) => toMessage(UserDeleted({ id, version, sessions: [] }));

test('removes the messages of these types and this subject alone, also those that nobody has received', async () => {
  const env = aBusEnv('jetstream');
  const publisher = await aConnectedBus(env);
  const [gone, stays] = [newId(), newId()];
  const kept = [updated(stays, 0), deleted(gone, 2)];
  for (const event of [updated(gone, 0), ...kept, updated(gone, 1)]) await publisher.publish(event);

  expect(await publisher.erase([UserUpdated.type], gone)).toBe(true);
  const late = await aMember(env, { types });
  const next = updated(stays, 1);
  await publisher.publish(next);
  await eventually(() => expect([...late.received].sort()).toEqual(idsOf([...kept, next])));
});

test('is harmless when it is repeated, and when nothing is stored', async () => {
  const publisher = await aConnectedBus(aBusEnv('jetstream'));
  const id = newId();
  await publisher.publish(updated(id, 0));
  for (let time = 0; time < 3; time += 1) expect(await publisher.erase(types, id)).toBe(true);
});

test('does not stop a consumer that holds a removed message', async () => {
  const env = aBusEnv('jetstream');
  const [id, other] = [newId(), newId()];
  const inFlight: (() => void)[] = [];
  const member = await aMember(env, { types }, (message) => {
    if (message.body.includes(other)) return message.ack();
    inFlight.push(() => message.ack());
    return undefined;
  });
  await member.publish(updated(id, 0));
  await eventually(() => expect(inFlight).toHaveLength(1));
  await member.erase(types, id);
  for (const ack of inFlight) ack();
  const next = updated(other, 0);
  await member.publish(next);
  await eventually(() => expect(member.received).toContain(next.id));
  expect(await member.caughtUp(UserUpdated.type, 10_000)).toBe(true);
});

test('fails while the bus is away, so that the caller tries again', async () => {
  const bus = aBus({ ...aBusEnv('jetstream'), NATS_URL: 'nats://127.0.0.1:9' });
  await expect(bus.erase(types, newId())).rejects.toThrow(DependencyDown);
});

test('is not possible on NATS Streaming, which says so and keeps the messages', async () => {
  const env = aBusEnv('nats-streaming');
  const publisher = await aConnectedBus(env);
  const event = updated(newId(), 0);
  await publisher.publish(event);
  expect(await publisher.erase(types, event.subject)).toBe(false);
  const late = await aMember(env, { types });
  await eventually(() => expect(late.received).toEqual([event.id]));
});
