import type { Reply } from './ask.js';
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

test('a sound answer has no flaw, nor has a refusal in our form, nor what Node itself refuses', () => {
  expect(flawsOf(sound)).toEqual([]);
  expect(flawsOf({ ...sound, status: 404, json: refusal, text: JSON.stringify(refusal) })).toEqual([]);
  expect(flawsOf({ status: 431, headers: {}, text: '', json: undefined })).toEqual([]);
});

const flawed: [what: string, reply: Reply][] = [
  ['a fault', { ...sound, status: 500, json: refusal }],
  ['that can be sniffed', withHeader({ 'x-content-type-options': undefined })],
  ['that says what it runs on', withHeader({ 'x-powered-by': 'Express' })],
  ['that says which server it is', withHeader({ server: 'nginx/1.0' })],
  ['that another page may read', withHeader({ 'access-control-allow-origin': '*' })],
  ['without a charset', withHeader({ 'content-type': 'application/json' })],
  ['with a stack', { ...sound, text: 'Error: x\n    at use (/srv/app/dist/x.js:1:2)' }],
  ['with words of the database', { ...sound, text: 'E11000 MongoServerError' }],
  ['a refusal in another form', { ...sound, status: 404, text: '<html>', json: undefined }],
];
test.each(flawed)('an answer %s is found', (_what, reply) => {
  expect(flawsOf(reply)).toHaveLength(1);
});
