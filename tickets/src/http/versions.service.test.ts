// A client that says which version it has seen.

import { aUser, startForTest, type TestService } from '@ticketing/common/testing';
import type { TicketsContext } from '../store.js';
import { service } from '../service.js';

let tickets: TestService<TicketsContext>;
const seller = aUser();

beforeAll(async () => {
  tickets = await startForTest(service);
});
afterAll(() => tickets.stop());

const offer = { title: 'Final', price: '19.99' };
const code = (answer: { body: { errors?: { code: string }[] } }) => answer.body.errors?.[0]?.code;
const path = (id: string) => `/api/tickets/${id}`;

async function aTicket() {
  const answer = await tickets.request
    .post('/api/tickets')
    .set('Cookie', seller.cookie)
    .send(offer)
    .expect(201);
  expect(answer.get('ETag')).toBe('"0"');
  return answer.body as { id: string };
}

const edit = (id: string, ifMatch: string | undefined, more: object) => {
  const request = tickets.request.put(path(id)).set('Cookie', seller.cookie);
  return (ifMatch === undefined ? request : request.set('If-Match', ifMatch)).send({ ...offer, ...more });
};

test('a ticket is shown with its version, and not again to who has it', async () => {
  const { id } = await aTicket();
  const shown = await tickets.request.get(path(id)).expect(200);
  expect(shown.get('ETag')).toBe('"0"');
  expect(shown.get('Cache-Control')).toBe('no-cache');

  const again = await tickets.request.get(path(id)).set('If-None-Match', 'W/"0", "7"').expect(304);
  expect(again.text).toBe('');
  expect(again.get('ETag')).toBe('"0"');
  await tickets.request.get(path(id)).set('If-None-Match', '*').expect(304);
  await tickets.request.get(path(id)).set('If-None-Match', '"1"').expect(200);

  const edited = await edit(id, '"0"', { title: 'The final' }).expect(200);
  expect(edited.get('ETag')).toBe('"1"');
  await tickets.request.get(path(id)).set('If-None-Match', '"0"').expect(200);
});

test('an edit of another version than the one that was seen changes nothing: precondition-failed', async () => {
  const { id } = await aTicket();
  for (const ifMatch of ['"1"', 'W/"0"', '"abc"', '"1", "2"'])
    expect(code(await edit(id, ifMatch, { title: 'x' }).expect(412))).toBe('precondition-failed');
  for (const ifMatch of ['0', '"0', ''])
    expect((await edit(id, ifMatch, { title: 'x' }).expect(400)).body.errors[0].field).toBe('If-Match');
  const disagree = await edit(id, '"0"', { title: 'x', version: 1 }).expect(400);
  expect(disagree.body.errors[0].field).toBe('version');
  expect((await tickets.request.get(path(id))).body).toMatchObject({ title: 'Final', version: 0 });
  await edit(id, '"0", "5"', { title: 'x', version: 0 }).expect(200);
  await edit(id, '*', { title: 'y' }).expect(200);
});

test('of twenty editors who have seen the same version one has their way', async () => {
  const { id } = await aTicket();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => edit(id, '"0"', { title: `edit ${index}` })),
  );
  expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([
    200,
    ...Array.from({ length: 19 }, () => 412),
  ]);
  const winner = answers.find(({ status }) => status === 200);
  expect((await tickets.request.get(path(id))).body).toEqual(winner?.body);
});

test('…and without If-Match each would undo the last one (this keeps the test above honest)', async () => {
  const { id } = await aTicket();
  const edits = Array.from({ length: 20 }, (_, index) => edit(id, undefined, { title: `edit ${index}` }));
  expect((await Promise.all(edits)).map(({ status }) => status)).toEqual(edits.map(() => 200));
});

test('others are told that it is not theirs before they are told its version', async () => {
  const { id } = await aTicket();
  const other = tickets.request.put(path(id)).set('Cookie', aUser().cookie).set('If-Match', '"9"');
  expect(code(await other.send(offer).expect(403))).toBe('not-your-ticket');
});

test('a withdrawal of another version changes nothing, and a repeat is harmless', async () => {
  const { id } = await aTicket();
  const withdraw = (ifMatch: string) =>
    tickets.request.delete(path(id)).set('Cookie', seller.cookie).set('If-Match', ifMatch);
  expect(code(await withdraw('"1"').expect(412))).toBe('precondition-failed');
  await withdraw('"0"').expect(204);
  await withdraw('"0"').expect(204);
});

test('lists have no version', async () => {
  expect((await tickets.request.get('/api/tickets').expect(200)).get('ETag')).toBeUndefined();
});
