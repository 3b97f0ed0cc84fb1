import { userText } from './user-text.js';
import { isFree, ticketsIn, type Wording } from './wording.js';

const tickets = ticketsIn({
  quoted: (title) => `“${title}”`,
  more: (count) => (count === 1 ? ' and 1 more ticket' : ` and ${count} more tickets`),
  unnamed: 'the tickets',
});
const latePayment = 'If a payment was already on its way, you get it back.';
const bankTime = 'Depending on your bank, it takes up to ten working days until the money arrives.';
const foreignRequest = 'If you did not ask for this, ignore this mail.';

export const english: Wording = {
  greeting: (name) => (name === undefined ? 'Hello,' : `Hello ${name},`),
  order: (orderId) => `Order ${orderId}`,
  total: 'Total',
  linkHint: 'If the button does not work, open this address in your browser:',
  about: 'This mail is about an account at Ticketing:',
  unsubscribe: 'Unsubscribe from mails like this one',
  contents: {
    'order-placed': (data, { money, time }) => ({
      subject: `Reserved for you: ${tickets(data)}`,
      summary: `We have reserved ${tickets(data)} for you until ${time(data.expiresAt)}.`,
      paragraphs: [
        `Please pay ${money(data.total, data.currency)} before then. ` +
          'After that the reservation ends, and others can buy the tickets.',
      ],
      order: data,
    }),
    'order-paid': (data, { money }) => ({
      subject: `Your order is complete: ${tickets(data)}`,
      summary: isFree(data)
        ? `Your order of ${tickets(data)} is complete. It costs nothing.`
        : `You have paid ${money(data.total, data.currency)}: your order of ${tickets(data)} is complete.`,
      paragraphs: ['The tickets are yours. Thank you for your order.'],
      order: data,
    }),
    'order-expired': (data) => ({
      subject: `Your reservation has ended: ${tickets(data)}`,
      summary: `Your reservation of ${tickets(data)} has ended, because it was not paid in time.`,
      paragraphs: [`Others can buy the tickets now, and so can you. ${latePayment}`],
      order: data,
    }),
    'order-cancelled': (data) => ({
      subject: `Your order is cancelled: ${tickets(data)}`,
      summary: data.byOperator
        ? `Our support has cancelled your order of ${tickets(data)} for you.`
        : `You have cancelled your order of ${tickets(data)}.`,
      paragraphs: [`You do not have to pay for it. ${latePayment}`],
      order: data,
    }),
    'order-refunded': (data, { money }) => ({
      subject: `${data.isWhole ? 'Refund' : 'Partial refund'}: ${tickets(data)}`,
      summary: data.isWhole
        ? `Your order of ${tickets(data)} is refunded: you get ${money(data.amount, data.currency)} back.`
        : `You get back ${money(data.amount, data.currency)} of what you paid for ${tickets(data)}.`,
      paragraphs: [
        data.isWhole
          ? 'The order has ended, and its tickets are no longer valid.'
          : 'This is a part of the price. The rest of your order stays as it is.',
        bankTime,
      ],
      order: data,
    }),
    'seller-sold': (data, { money }) => ({
      subject: `Sold: ${tickets(data)}`,
      summary: `You have sold ${tickets(data)} for ${money(data.total, data.currency)}.`,
      paragraphs: ['The order is paid and complete.'],
      order: data,
    }),
    'seller-refunded': (data, { money }) => ({
      subject: `${data.isWhole ? 'Sale refunded' : 'Sale partly refunded'}: ${tickets(data)}`,
      summary: `The buyer of ${tickets(data)} gets ${money(data.amount, data.currency)} back.`,
      paragraphs: [
        data.isWhole
          ? 'The sale has ended. The places are free again, unless you have withdrawn the ticket.'
          : 'This is a part of the price. The rest of the sale stays as it is.',
      ],
      order: data,
    }),
    welcome: ({ link }) => ({
      subject: 'Welcome to Ticketing: please confirm your address',
      summary: 'Welcome to Ticketing: your account is ready.',
      paragraphs: [
        'Please confirm that this e-mail address is yours.',
        'If you did not create an account, ignore this mail.',
      ],
      button: { label: 'Confirm my address', link },
    }),
    'verify-email': ({ link }) => ({
      subject: 'Please confirm your e-mail address',
      summary: 'Please confirm that the e-mail address of your account is yours.',
      paragraphs: [foreignRequest],
      button: { label: 'Confirm my address', link },
    }),
    'reset-password': ({ link, expiresAt }, { time }) => ({
      subject: 'Choose a new password',
      summary: 'Somebody has asked for a new password for your account. We assume it was you.',
      paragraphs: [
        `The link works once, until ${time(expiresAt)}. A new password ends all your sessions.`,
        'If it was not you, ignore this mail: your password stays as it is.',
      ],
      button: { label: 'Choose a new password', link },
    }),
    'confirm-email-change': ({ link, newEmail, expiresAt }, { time }) => ({
      subject: 'Please confirm the change of your e-mail address',
      summary: `The e-mail address of your account is about to change to ${userText(newEmail, 254)}.`,
      paragraphs: [
        'It changes once the old and the new address have both confirmed it. ' +
          `The link works until ${time(expiresAt)}.`,
        'If you did not ask for this, do not open the link. If the account is yours, also change your password.',
      ],
      button: { label: 'Confirm the change', link },
    }),
    'new-sign-in': ({ at, device }, { time }) => ({
      subject: 'New sign-in to your account',
      summary:
        `Somebody signed in to your account from a new network on ${time(at)}, ` +
        `with ${userText(device, 80) || 'an unknown device'}.`,
      paragraphs: [
        'If it was you, there is nothing to do.',
        'If it was not you, change your password at once: this ends all other sessions.',
      ],
    }),
    'password-changed': ({ at, by }, { time }) => ({
      subject: 'Your password has been changed',
      summary:
        by === 'reset'
          ? `The password of your account was changed on ${time(at)}, by the link in a mail.`
          : `The password of your account was changed on ${time(at)}.`,
      paragraphs: [
        'All other sessions have ended.',
        'If it was not you, ask for a link to reset your password at once, and change the password of your mailbox.',
      ],
    }),
  },
};
