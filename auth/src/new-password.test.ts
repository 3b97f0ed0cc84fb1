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
])('%j may be chosen: nothing is asked of it but length', (password) => {
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
])('%j is tried first by everybody, and refused', (password) => {
  expect(accepts(password)).toBe(false);
});

test.each(['', 'seven77', 'x'.repeat(129)])('%j has not the right length', (password) => {
  expect(accepts(password)).toBe(false);
});

test('is taken as it is, to the last space and case', () => {
  expect(NewPassword.parse('  Correct Horse  ')).toBe('  Correct Horse  ');
});
