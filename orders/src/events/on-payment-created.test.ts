import { already, refuse } from '@ticketing/common/decision';
import { completeOrder } from './on-payment-created.js';

test.each([
  ['raises an alarm', refuse('paid-twice'), 1],
  ['raises no alarm', already({}), 0],
])('a payment %s when the decision is %j', async (_alarm, decision, alarms) => {
  const error = jest.fn();
  const handle = completeOrder({ orders: { change: async () => decision }, log: { error } } as never);
  await handle({ data: { orderId: 'a', stripeId: 'pi_2' } } as never);
  expect(error).toHaveBeenCalledTimes(alarms);
  if (alarms > 0)
    expect(error).toHaveBeenCalledWith({ orderId: 'a', stripeId: 'pi_2', alarm: true }, expect.any(String));
});
