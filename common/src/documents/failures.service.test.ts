import { doublingTo, type FailureRule } from '../failure-rule.js';
import { startForTest } from '../testing/index.js';
import { aService } from '../testing/things.js';
import { openFailures } from './failures.js';

const rule: FailureRule = {
  free: 3,
  delaysSeconds: doublingTo(900),
  rememberedSeconds: 24 * 3_600,
  each: 'failure',
};

test('a failure stays stored as long as the rule counts it', async () => {
  const { ctx, stop } = await startForTest(aService());
  const failures = openFailures(ctx.database, { collection: 'failures', now: ctx.now });
  const { at } = await failures.add({ key: 'account ada@example.com', of: 'ada', rule });
  const [stored] = await failures.model.find().lean();
  expect(stored?.forgetAt.getTime()).toBe(at.getTime() + rule.rememberedSeconds * 1_000);
  await stop();
});
