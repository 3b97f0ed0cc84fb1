// The data of a mail. Each kind of notice has its own.
import type { Currency } from '@ticketing/common/money';
import type { Locale } from '@ticketing/common/events';

export type Line = Readonly<{ title: string; quantity: number; price: string }>;
type OrderData = Readonly<{ orderId: string; lines: readonly Line[]; total: string; currency: Currency }>;
export type NoticeData = {
  'order-placed': OrderData & Readonly<{ expiresAt: Date }>;
  'order-paid': OrderData;
  'order-expired': OrderData;
  'order-cancelled': OrderData & Readonly<{ byOperator: boolean }>;
  'order-refunded': OrderData & Readonly<{ amount: string; isWhole: boolean }>;
  'seller-sold': OrderData;
  'seller-refunded': OrderData & Readonly<{ amount: string; isWhole: boolean }>;
  welcome: Readonly<{ link: string }>;
  'verify-email': Readonly<{ link: string }>;
  'reset-password': Readonly<{ link: string; expiresAt: Date }>;
  'confirm-email-change': Readonly<{ link: string; newEmail: string; expiresAt: Date }>;
  'new-sign-in': Readonly<{ at: Date; device: string }>;
  'password-changed': Readonly<{ at: Date; by: 'owner' | 'reset' }>;
};
export type Kind = keyof NoticeData;
export type Recipient = Readonly<{ name?: string | undefined; locale: Locale; timeZone: string }>;
export type Mail = Readonly<{ subject: string; text: string; html: string }>;
