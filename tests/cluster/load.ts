// A constant rate of requests through the ingress, independent of the answers.

import { setTimeout as delay } from 'node:timers/promises';
import { newUser, reserve, shopPage, type Ingress } from './journeys.js';

export type Load = Readonly<{
  /** Stops the load. Returns the number of requests and the failed ones. */
  stop(): Promise<{ sent: number; failed: string[] }>;
}>;

/** Sends reads to the shop and all services, and two writes in nine requests. */
export async function startLoad(ingress: Ingress, perSecond: number): Promise<Load> {
  const [seller, buyer] = [await newUser(ingress), await newUser(ingress)];
  const { ticketId, orderId } = await reserve(seller, buyer);
  const payment = { orderId, token: 'tok_visa' };
  await buyer.payOrder(payment);
  const asks = [
    ['showCurrentUser', () => buyer.showCurrentUser()],
    ['listTickets', () => buyer.listTickets()],
    ['showTicket', () => buyer.showTicket({ ticketId })],
    ['showOrder', () => buyer.showOrder({ orderId })],
    ['listOrders', () => buyer.listOrders()],
    ['showPayment', () => buyer.showPayment({ orderId })],
    ['payOrder', () => buyer.payOrder(payment)],
    ['createTicket', () => buyer.createTicket({ title: 'Row 4', price: '15' })],
    ['the shop', () => shopPage(ingress)],
  ] as const;
  const failed: string[] = [];
  const open = new Set<Promise<void>>();
  let sent = 0;

  async function ask(): Promise<void> {
    const [name, act] = asks[sent++ % asks.length] ?? asks[0];
    try {
      const answer = await act();
      if (!answer.ok) failed.push(`${name}: ${answer.status} ${'error' in answer ? answer.error.code : ''}`);
    } catch (error) {
      failed.push(`${name}: ${String(error)}`);
    }
  }

  const timer = setInterval(() => {
    const request = ask().finally(() => open.delete(request));
    open.add(request);
  }, 1_000 / perSecond);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.race([Promise.all(open), delay(30_000)]);
      return { sent, failed };
    },
  };
}
