// The conformance check of the journeys reports every deviation from the API description.

import { createConformanceCheck, type Answer } from './conformance.js';

const deviationsOf = createConformanceCheck();
const ticket = {
  id: '656565656565656565656501',
  title: 'Cup final, row 3',
  price: '19.99',
  currency: 'usd',
  userId: '656565656565656565656502',
  seller: { id: '656565656565656565656502' },
  quantity: 1,
  available: 1,
  status: 'available',
  version: 0,
};
const json = { 'content-type': 'application/json; charset=utf-8' };
const errors = (code: string) => JSON.stringify({ errors: [{ code, message: '…' }] });

const shown: Answer = {
  method: 'get',
  path: `/api/tickets/${ticket.id}`,
  status: 200,
  headers: { ...json, etag: '"0"' },
  body: JSON.stringify(ticket),
};
const bought: Answer = {
  ...shown,
  headers: json,
  method: 'post',
  path: '/api/orders',
  status: 409,
  body: errors('ticket-sold'),
};

test.each<[string, Answer]>([
  ['an answer as described', shown],
  ['a refusal as described', bought],
  ['404 on an unknown path', { ...shown, path: '/api/nothing', status: 404, body: errors('not-found') }],
])('%s conforms', (_answer, answer) => {
  expect(deviationsOf(answer)).toEqual([]);
});

test.each<[string, Answer, string]>([
  ['a status', { ...shown, status: 418 }, 'the status is not described'],
  ['a field', { ...shown, body: JSON.stringify({ ...ticket, secret: 1 }) }, 'additional properties'],
  ['a missing field', { ...shown, body: JSON.stringify({ ...ticket, price: undefined }) }, "'price'"],
  [
    'a value',
    { ...shown, body: JSON.stringify({ ...ticket, status: 'lost' }) },
    '/status must be equal to one',
  ],
  ['a refusal code', { ...bought, body: errors('card-declined') }, '/errors/0/code must be equal to one'],
  [
    'a content type',
    { ...shown, headers: { ...shown.headers, 'content-type': 'text/html' } },
    'the content type is text/html',
  ],
  [
    'a cookie',
    { ...shown, headers: { ...shown.headers, 'set-cookie': ['session='] } },
    'set-cookie is not described',
  ],
  ['a missing tag', { ...shown, headers: json }, 'ETag is missing'],
  ['a missing header', { ...bought, status: 503, body: errors('unavailable') }, 'Retry-After is missing'],
  ['an operation', { ...shown, method: 'patch' }, 'is not described, but answered 200'],
])('%s that is not described is reported', (_what, answer, deviation) => {
  expect(deviationsOf(answer)).toEqual([expect.stringContaining(deviation)]);
});
