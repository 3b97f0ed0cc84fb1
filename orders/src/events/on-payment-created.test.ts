import { already, refuse } from '@ticketing/common/decision';
import { completeOrder } from './on-payment-created.js';
import { refundOrder } from './on-payment-refunded.js';

const cases: [what: string, handler: typeof completeOrder, decision: object, alarms: number][] = [
  ['payment', completeOrder, refuse('paid-twice'), 1],
  ['payment', completeOrder, refuse('amount-mismatch'), 1],
  ['payment', completeOrder, already({}), 0],
  ['refund', refundOrder as never, refuse('another-payment'), 1],
  ['refund', refundOrder as never, refuse('amount-mismatch'), 1],
  ['refund', refundOrder as never, already({}), 0],
];
test.each(cases)(
  'a %s whose decision is %3$j raises %4$d alarms',
  async (_what, handler, decision, alarms) => {
    const error = jest.fn();
    const handle = handler({ orders: { change: async () => decision }, log: { error } } as never);
    await handle({ data: { orderId: 'a', stripeId: 'pi_2' } } as never);
    expect(error).toHaveBeenCalledTimes(alarms);
    if (alarms > 0)
      expect(error).toHaveBeenCalledWith({ orderId: 'a', stripeId: 'pi_2', alarm: true }, expect.any(String));
  },
);
