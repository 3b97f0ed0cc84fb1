import { NewPassword } from './new-password.js';

const accepts = (password: string) => NewPassword.safeParse(password).success;

test.each([
  'correct horse',
  'ふしぎの国のアリス',
  '        ',
  '12345678901234567',
  'x'.repeat(64),
  'p4ss-w0rd-of-mine',
  'many tickets in a drawer',
])('%j is accepted: only the length is checked', (password) => {
  expect(accepts(password)).toBe(true);
});

test.each([
  'password',
  'Password',
  '12345678',
  'qwertyuiop',
  'ticketing',
  'Ticketing2026!',
  '!!tickets!!',
  'PASSWORD-123',
])('%j is refused as a common password', (password) => {
  expect(accepts(password)).toBe(false);
});

test.each(['', 'seven77', 'x'.repeat(129)])('%j is refused for its length', (password) => {
  expect(accepts(password)).toBe(false);
});

test('a password keeps its spaces and case', () => {
  expect(NewPassword.parse('  Correct Horse  ')).toBe('  Correct Horse  ');
});
