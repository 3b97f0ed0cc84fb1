import { delaySeconds } from '@ticketing/common/failure-rule';
import { accountRule, inboxRule, networkRule, signUpRule } from './mail-limit.js';

test.each([
  ['an inbox gets three mails at once', 2, inboxRule, 0],
  ['the fourth after a minute', 3, inboxRule, 60],
  ['an inbox gets a mail every six hours at last', 100, inboxRule, 6 * 3_600],
  ['an account asks for five changes of address', 4, accountRule, 0],
  ['the sixth after an hour', 5, accountRule, 3_600],
  ['a network signs up a hundred people at once', 99, signUpRule, 0],
  ['then gets a mail in five seconds at last', 1_000, signUpRule, 5],
  ['a network asks for 50 addresses', 49, networkRule, 0],
  ['then for one a minute at last', 1_000, networkRule, 60],
])('%s', (_what, count, rule, seconds) => {
  expect(delaySeconds(count, rule)).toBe(seconds);
});
