import { readConfig } from './config.js';

test('every variable has a default, and an empty one counts as missing', () => {
  expect(readConfig({})).toEqual({ PORT: 3_000 });
  expect(readConfig({ PORT: '', BIND_ADDRESS: '', CARDS_URL: '' })).toEqual({ PORT: 3_000 });
});

test.each([
  ['PORT', 'x1'],
  ['PORT', '70000'],
  ['BIND_ADDRESS', 'localhost'],
  ['STRIPE_PUBLISHABLE_KEY', 'sk_live_secret'],
  ['CARDS_URL', 'cards'],
  ['CARDS_URL', 'javascript:alert(1)'],
  ['INBOX_URL', 'javascript:alert(1)'],
  ['INSPECT_URL', 'https://example.com'],
  ['INSPECT_URL', '//example'],
])('the message names %s when it is %s, and does not repeat the value', (name, value) => {
  const read = () => readConfig({ [name]: value });
  expect(read).toThrow(`invalid environment: ${name}: `);
  expect(read).not.toThrow(value);
});

test('the message names all variables with a wrong value', () => {
  expect(() => readConfig({ PORT: '-1', INBOX_URL: 'x' })).toThrow(/PORT: .*; INBOX_URL: /);
});
