import { Id } from '@ticketing/common/id';
import { Currency, DecimalPrice, toDecimal } from '@ticketing/common/money';
import { z } from 'zod';
import type { Shown } from '../domain/payment.js';

/** The answer to POST /api/payments. */
export const PaymentReceipt = z
  .object({
    id: Id,
    orderId: Id,
    status: z.enum(['pending', 'declined', 'succeeded', 'refunded']),
  })
  .meta({ id: 'PaymentReceipt' });

/** A payment as its buyer sees it. */
export const PaymentView = PaymentReceipt.extend({ amount: DecimalPrice, currency: Currency }).meta({
  id: 'Payment',
});

// Buyers do not see the steps of a settlement.
const statusFor: Record<Shown['status'], z.infer<typeof PaymentReceipt>['status']> = {
  pending: 'pending',
  cancelling: 'pending',
  declined: 'declined',
  succeeded: 'succeeded',
  refunding: 'succeeded',
  refunded: 'refunded',
};

export function viewReceipt({ id, status }: Shown): z.infer<typeof PaymentReceipt> {
  return { id, orderId: id, status: statusFor[status] };
}

export function viewPayment(payment: Shown): z.infer<typeof PaymentView> {
  const { amountInMinorUnits, currency } = payment;
  return { ...viewReceipt(payment), amount: toDecimal(amountInMinorUnits, currency), currency };
}
