import type { Reply, Request } from './ask.js';
import { flawsOf } from './hygiene.js';

const type = 'application/json; charset=utf-8';
const sound: Reply = {
  status: 200,
  headers: { 'content-type': type, 'x-content-type-options': 'nosniff' },
  text: '{}',
  json: {},
};
const refusal = { errors: [{ code: 'not-found', message: 'x' }] };
const withHeader = (more: object): Reply => ({ ...sound, headers: { ...sound.headers, ...more } });
const unavailable = { errors: [{ code: 'unavailable', message: 'x' }] };
const retryAfter = (seconds: string): Reply => ({
  ...{ ...withHeader({ 'retry-after': seconds }), status: 503 },
  ...{ json: unavailable, text: JSON.stringify(unavailable) },
});
const aRead: Request = { path: '/api/tickets' };
const aPayment: Request = { method: 'POST', path: '/api/payments', body: {} };

test("a correct response has no flaw: a success, a refusal, and a refusal by Node's parser", () => {
  expect(flawsOf(aRead, sound)).toEqual([]);
  expect(flawsOf(aRead, { ...sound, status: 404, json: refusal, text: JSON.stringify(refusal) })).toEqual([]);
  expect(flawsOf(aRead, { status: 431, headers: {}, text: '', json: undefined })).toEqual([]);
});

const flawed: [what: string, reply: Reply][] = [
  ['with a server error', { ...sound, status: 500, json: refusal }],
  ['without nosniff', withHeader({ 'x-content-type-options': undefined })],
  ['with an X-Powered-By header', withHeader({ 'x-powered-by': 'Express' })],
  ['with a Server header', withHeader({ server: 'nginx/1.0' })],
  ['with a CORS header', withHeader({ 'access-control-allow-origin': '*' })],
  ['without a charset', withHeader({ 'content-type': 'application/json' })],
  ['with a stack trace', { ...sound, text: 'Error: x\n    at use (/srv/app/dist/x.js:1:2)' }],
  ['with a database error', { ...sound, text: 'E11000 MongoServerError' }],
  ['with an unknown form of error', { ...sound, status: 404, text: '<html>', json: undefined }],
];
test.each(flawed)('a response %s is reported', (_what, reply) => {
  expect(flawsOf(aRead, reply)).toHaveLength(1);
});

test('503 for an order or a payment whose event is on its way is no flaw; after a timeout, or elsewhere, it is one', () => {
  expect(flawsOf(aPayment, retryAfter('2'))).toEqual([]);
  expect(flawsOf(aPayment, retryAfter('1'))).toEqual(['503']);
  expect(flawsOf(aPayment, { ...retryAfter('2'), status: 500 })).toEqual(['500']);
  expect(flawsOf({ ...aPayment, path: '/api/orders' }, retryAfter('2'))).toEqual([]);
  expect(flawsOf({ ...aPayment, path: '/api/tickets' }, retryAfter('2'))).toEqual(['503']);
  expect(flawsOf({ path: '/api/payments' }, retryAfter('2'))).toEqual(['503']);
});
