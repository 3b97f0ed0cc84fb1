import { startForTest } from '@ticketing/common/testing';
import { accountRule } from './domain/sign-in-limit.js';
import { service } from './service.js';

test('a failure stays stored as long as the rule counts it', async () => {
  const { ctx, stop } = await startForTest(service);
  const { failures } = ctx.signInLimits;
  const rule = accountRule(3);
  const { at } = await failures.add('account ada@example.com', 'ada', rule);
  const [stored] = await failures.model.find().lean();
  expect(stored?.forgetAt.getTime()).toBe(at.getTime() + rule.rememberedSeconds * 1_000);
  await stop();
});
