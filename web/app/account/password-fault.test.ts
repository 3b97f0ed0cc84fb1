import { passwordFault } from './password-fault.js';

test.each([
  ['', 'short'],
  ['🔒🔒🔒🔒🔒🔒🔒', 'short'],
  ['x'.repeat(129), 'long'],
  [' Ann.Smith ', 'own-address'],
  ['ANN.SMITH@example.com', 'own-address'],
  ['password123', 'common'],
])('says of the refused password %j that it is %s', (password, fault) => {
  expect(passwordFault(password, ' Ann.Smith@Example.com ')).toBe(fault);
});
