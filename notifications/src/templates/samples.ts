// One example of each kind of mail, for the tests and the preview.

import type { NoticeData } from './types.js';

const order = {
  orderId: '65f1c0ffee65f1c0ffee0001',
  lines: [
    { title: 'Row 3, Seat 7', quantity: 1, price: '19.99' },
    { title: 'Standing area', quantity: 2, price: '1049.50' },
  ],
  total: '2118.99',
  currency: 'eur',
} as const;
const at = new Date('2026-11-27T21:49:00Z');
const link = (purpose: string) =>
  `https://tickets.example/api/users/link#${purpose}.65f1c0ffee65f1c0ffee0002.pYx0nJr7k2mQ4wT9uVb3cD5eF6gH8iJ1kL0mN2oP4qR`;

export const samples: NoticeData = {
  'order-placed': { ...order, expiresAt: at },
  'order-paid': order,
  'order-expired': order,
  'order-cancelled': { ...order, byOperator: false },
  'order-refunded': { ...order, amount: '2118.99', isWhole: true },
  'seller-sold': order,
  'seller-refunded': { ...order, amount: '19.99', isWhole: false },
  welcome: { link: link('verify-email') },
  'verify-email': { link: link('verify-email') },
  'reset-password': { link: link('reset-password'), expiresAt: at },
  'confirm-email-change': { link: link('confirm-new-email'), newEmail: 'ada@new.example', expiresAt: at },
  'new-sign-in': { at, device: 'Firefox on Linux' },
  'password-changed': { at, by: 'owner' },
};
