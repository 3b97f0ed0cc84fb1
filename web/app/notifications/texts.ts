import type { Texts } from '../shared/language.js';

const en = {
  title: 'Messages',
  lead: 'What happened to your orders, your sales and your account.',
  none: 'There is no message yet.',
  unreadCount: (count: string) => `${count} unread`,
  isNew: 'new',
  markAll: 'Mark all as read',
  allRead: 'All messages are read.',
  toOrder: 'See the order',
  toSales: 'See your sales',
  toAccount: 'See your account',
  mails: 'Mails',
  mailsText:
    'We also send these messages by mail. You can turn off the following; those about your money and your account always come.',
  kinds: {
    'order-expired': 'A reservation of mine has ended',
    'seller-sold': 'I have sold tickets',
    'seller-refunded': 'A sale of mine was refunded',
  },
  saved: 'Saved.',
};

const de: typeof en = {
  title: 'Nachrichten',
  lead: 'Was mit deinen Bestellungen, deinen Verkäufen und deinem Konto geschehen ist.',
  none: 'Noch keine Nachricht.',
  unreadCount: (count) => `${count} ungelesen`,
  isNew: 'neu',
  markAll: 'Alle als gelesen markieren',
  allRead: 'Alle Nachrichten sind gelesen.',
  toOrder: 'Zur Bestellung',
  toSales: 'Zu deinen Verkäufen',
  toAccount: 'Zu deinem Konto',
  mails: 'Mails',
  mailsText:
    'Diese Nachrichten schicken wir dir auch als Mail. Die folgenden kannst du abschalten; die zu deinem Geld und deinem Konto kommen immer.',
  kinds: {
    'order-expired': 'Eine Reservierung von mir ist abgelaufen',
    'seller-sold': 'Ich habe Tickets verkauft',
    'seller-refunded': 'Ein Verkauf von mir wurde erstattet',
  },
  saved: 'Gespeichert.',
};

export const notificationTexts: Texts<typeof en> = { en, de };
