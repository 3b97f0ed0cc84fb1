import { isOwnAddress, NewPassword } from './new-password.js';

const accepts = (password: string) => NewPassword.safeParse(password).success;

test.each([
  'correct horse',
  'ふしぎの国のアリス',
  '       .',
  '12345678901234567',
  'xy'.repeat(32),
  'p4ss-w0rd-of-mine',
  'many tickets in a drawer',
])('%j is accepted: no kinds of characters are required', (password) => {
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

test.each(['aaaaaaaa', 'AaAaAaAa', '        ', '🎫'.repeat(8), 'e\u0301'.repeat(8)])(
  '%j is refused: one character repeated',
  (password) => {
    expect(accepts(password)).toBe(false);
  },
);

test.each([
  ['kate.smith@example.com', true],
  [' Kate.Smith@Example.com', true],
  ['kate.smith', true],
  ['kate.smith@example.org', false],
  ['kate.smith of Example', false],
])('%j is the own address of kate.smith@example.com: %j', (password, isOwn) => {
  expect(isOwnAddress(password, 'kate.smith@example.com')).toBe(isOwn);
});

test('a composed address as password is the own address, too', () => {
  expect(isOwnAddress('zoe\u0308@example.com', 'zo\u00eb@example.com')).toBe(true);
});

test.each(['', 'seven77', 'x'.repeat(129)])('%j is refused for its length', (password) => {
  expect(accepts(password)).toBe(false);
});

test('a password keeps its spaces and case', () => {
  expect(NewPassword.parse('  Correct Horse  ')).toBe('  Correct Horse  ');
});

test.each(['NFC', 'NFD'])('a password keeps its composition, %s: it is verified as received', (form) => {
  const password = 'Geheimnis mit \u00dcberraschung'.normalize(form);
  expect(NewPassword.parse(password)).toBe(password);
});
