// The back office of a service: who may see it, and that it shows what the commands print.

import { newId } from '../id.js';
import { handle, operator, post } from '../http/route.js';
import { noContent } from '../http/answers.js';
import { aUser, eventually, startForTest, type TestService } from '../testing/index.js';
import { aRoute, aService, aThing, close, made, type ThingsContext } from '../testing/things.js';
import { z } from 'zod';

const things = aService({
  office: '/office',
  routes: (ctx) => [
    post(
      '/things/:id/close',
      handle(
        { ...aRoute, user: operator, params: z.object({ id: z.string() }), answers: { 204: z.undefined() } },
        async ({ params: { id }, cause }) => {
          await ctx.things.change(id, close, cause);
          return noContent();
        },
      ),
    ),
  ],
  async *find(ctx, text) {
    const thing = await ctx.things.find(text);
    if (thing)
      yield {
        what: 'thing',
        id: text,
        status: thing.status,
        related: { owner: thing.userId, no: undefined },
      };
  },
  async *stuck() {
    yield { what: 'thing 1', problem: 'too old', since: new Date(0), action: 'Look at it.' };
  },
});

let service: TestService<ThingsContext>;
beforeAll(async () => {
  service = await startForTest(things);
});
afterAll(() => service.stop());

const grace = aUser({ role: 'operator' });
const get = (path: string, { cookie } = grace) =>
  service.request.get(`/office/${path}`).set('Cookie', cookie);
const find = (body: object, { cookie } = grace) =>
  service.request.post('/office/find').set('Cookie', cookie).send(body);

async function aStoredThing(request = 'a-test') {
  const thing = aThing();
  const cause = {
    by: 'system',
    why: `request:${request}`,
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`,
  };
  await service.ctx.things.create(() => made(thing), cause);
  return thing;
}

const routes = ['find', `history/${newId()}`, 'overview'];
test.each(routes)('only operators see %s', async (path) => {
  const ask = (cookie = '') =>
    path === 'find'
      ? service.request
          .post('/office/find')
          .set('Cookie', cookie)
          .send({ texts: ['x'] })
      : service.request.get(`/office/${path}`).set('Cookie', cookie);
  const codes = async (cookie?: string) => {
    const { status, body } = await ask(cookie);
    return `${status} ${body.errors?.[0].code}`;
  };
  expect(await codes()).toBe('401 not-signed-in');
  expect(await codes(aUser().cookie)).toBe('403 not-an-operator');
  expect(await codes(aUser({ role: 'king' as never }).cookie)).toBe('403 not-an-operator');
  expect((await ask(grace.cookie)).status).toBe(200);
});

test('finds what is stored under several ids, and what a request changed', async () => {
  const [one, other] = [await aStoredThing('an-angry-request'), await aStoredThing()];
  const found = ({ id, userId }: typeof one) => ({
    what: 'thing',
    id,
    status: 'open',
    related: { owner: userId },
  });
  expect((await find({ texts: [one.id, newId(), other.id] }).expect(200)).body).toEqual([
    found(one),
    found(other),
  ]);
  expect((await find({ texts: ['an-angry-request'] }).expect(200)).body).toEqual([]);
  expect((await find({ texts: ['an-angry-request'], request: true }).expect(200)).body).toEqual([found(one)]);
});

test('shows the same history as the command, and an action of an operator in the operator’s name', async () => {
  const { id } = await aStoredThing();
  await service.request.post(`/things/${id}/close`).set('Cookie', grace.cookie).expect(204);
  await service.request.post(`/things/${id}/close`).set('Cookie', aUser().cookie).expect(403);
  const { body } = await get(`history/${id}`).expect(200);
  const { lines } = await service.operate('history', id);
  expect(body).toEqual(lines.map((line) => JSON.parse(line)));
  expect(body).toMatchObject([
    { about: 'thing', id, by: 'system', to: 'open', version: 0 },
    { by: `operator:${grace.id}`, from: 'open', to: 'closed', version: 1 },
  ]);
  expect((await get(`history/${newId()}`).expect(200)).body).toEqual([]);
  await get('history/no-id').expect(404);
});

test('shows what is stuck, dead letters without their content, and the lag', async () => {
  const letter = { type: 'ticket:updated', tries: 5, storedAt: new Date(), diedAt: new Date() };
  await service.storage.deadLetters.add({
    ...letter,
    body: 'ada@example.com',
    error: 'TypeError: a bug\n at 1',
  });
  const { body, text } = await get('overview').expect(200);
  expect(body).toMatchObject({
    service: 'things',
    stuck: [
      { what: 'thing 1', problem: 'too old', since: '1970-01-01T00:00:00.000Z', action: 'Look at it.' },
      { what: 'dead letters of things' },
    ],
    deadLetters: { count: 1, oldest: [{ type: 'ticket:updated', error: 'TypeError: a bug', tries: 5 }] },
    parked: { count: 0, oldestSeconds: 0 },
  });
  expect(text).not.toContain('ada@example.com');
  await eventually(async () => expect((await get('overview')).body).toMatchObject({ unpublished: 0 }));
});
