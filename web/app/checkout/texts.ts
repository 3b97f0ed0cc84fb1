import type { DataOf } from '@ticketing/client';
import type { Texts } from '../shared/language.js';

type DeclineReason = NonNullable<DataOf<'showPayment'>['declineReason']>;

const en = {
  title: 'Pay for your order',
  summary: 'Your order',
  timeLeft: 'Time left to pay',
  minutesLeft: (minutes: number) =>
    minutes === 1 ? 'Less than 1 minute left to pay.' : `Less than ${minutes} minutes left to pay.`,
  payBefore: 'The places are yours for',
  card: 'Card',
  testCards: 'Test card',
  testCardsHint: 'This is a local shop: no real money moves. Choose what the bank does.',
  cards: {
    tok_visa: ['Visa 4242', 'The bank accepts it.'],
    tok_chargeDeclined: ['Visa 0002', 'The bank declines it.'],
    tok_chargeDeclinedInsufficientFunds: ['Visa 9995', 'The bank declines it: not enough money.'],
    tok_chargeDeclinedExpiredCard: ['Visa 0069', 'The bank declines it: expired.'],
    tok_threeDSecure2Required: ['Visa 3220', 'The bank asks you to approve the payment.'],
    tok_slow: ['Visa 1001', 'The bank accepts it after some seconds.'],
    tok_500AfterSuccess: ['Visa 1002', 'The card network charges it and answers with an error.'],
    tok_lostAnswer: ['Visa 1003', 'The card network charges it, and its answer is lost.'],
  } as Readonly<Record<string, readonly [name: string, effect: string]>>,
  noCards: 'This shop takes no cards at the moment. Your places stay reserved until the time is over.',
  noStripe:
    'The card form cannot be loaded. Check your connection, and whether something blocks js.stripe.com.',
  pay: (total: string) => `Pay ${total}`,
  paying: 'Paying …',
  nextTry: 'Next try in',
  slow: 'This takes longer than usual. It goes on by itself: you can wait here or come back later. You are not charged twice.',
  approval: 'Your bank wants you to approve this payment. Until then nothing is charged.',
  approve: 'Go to your bank',
  bank: 'Your bank',
  declined: 'The last payment was not made: nothing was charged. Try another card.',
  lost: 'The connection was lost, so the outcome is not known here. Try again: you are not charged twice.',
  expired: 'The time to pay is over. The places are free again.',
  overdue: 'The time to pay is over.',
  cancelled: 'This order is cancelled. Nothing is charged.',
  paidBack: 'This order is cancelled. What was charged goes back to your card.',
  reasons: {
    'insufficient-funds':
      'There is not enough money for this payment, or the limit of your card is reached. Nothing was charged. Try another card.',
    'expired-card': 'This card has expired, or its date is wrong. Nothing was charged. Try another card.',
    'incorrect-number': 'The number of this card is wrong. Nothing was charged. Check it and try again.',
    'incorrect-cvc': 'The security code of this card is wrong. Nothing was charged. Check it and try again.',
    'card-not-supported': 'This card cannot pay for this order. Nothing was charged. Try another card.',
    'processing-error':
      'Your bank could not process the payment. Nothing was charged. Try again in a moment, or use another card.',
  } as Readonly<Record<DeclineReason, string>>,
  buyAgain: 'Back to the ticket',
  toOrder: 'See the order',
  errors: {
    'card-declined': 'Your bank declined this card. Nothing was charged. Try another card.',
    'card-needs-authentication':
      'Your bank wants your approval for this card. Try again or use another card.',
    'authentication-failed': 'You or your bank did not approve the payment. Nothing was charged. Try again.',
    'payment-cancelled': 'The payment was cancelled. Nothing was charged. Try again.',
    'too-many-declines': 'Too many cards were declined. Wait before you try the next one.',
    'payment-attempts-exhausted':
      'Too many cards were declined for this order. Cancel it, and order again if you like.',
    'order-expired': 'The time to pay is over. Nothing was charged.',
    'order-cancelled': 'This order is cancelled. Nothing was charged.',
    'nothing-to-pay': 'This order is free: there is nothing to pay.',
    'not-your-order': 'This order belongs to someone else.',
    'invalid-token': 'The card network does not know this card. Use another one.',
    'invalid-input': 'The card network does not accept this card. Use another one.',
    'amount-refused': 'The card network refuses this amount.',
  } as Readonly<Record<string, string>>,
};

const de: typeof en = {
  title: 'Bestellung bezahlen',
  summary: 'Deine Bestellung',
  timeLeft: 'Verbleibende Zeit zum Bezahlen',
  minutesLeft: (minutes: number) =>
    minutes === 1
      ? 'Noch weniger als 1 Minute zum Bezahlen.'
      : `Noch weniger als ${minutes} Minuten zum Bezahlen.`,
  payBefore: 'Die Plätze gehören dir noch',
  card: 'Karte',
  testCards: 'Testkarte',
  testCardsHint: 'Das ist ein lokaler Shop: Es fließt kein echtes Geld. Wähle, was die Bank tun soll.',
  cards: {
    tok_visa: ['Visa 4242', 'Die Bank nimmt sie an.'],
    tok_chargeDeclined: ['Visa 0002', 'Die Bank lehnt sie ab.'],
    tok_chargeDeclinedInsufficientFunds: ['Visa 9995', 'Die Bank lehnt sie ab: nicht genug Geld.'],
    tok_chargeDeclinedExpiredCard: ['Visa 0069', 'Die Bank lehnt sie ab: abgelaufen.'],
    tok_threeDSecure2Required: ['Visa 3220', 'Die Bank will, dass du die Zahlung freigibst.'],
    tok_slow: ['Visa 1001', 'Die Bank nimmt sie nach einigen Sekunden an.'],
    tok_500AfterSuccess: ['Visa 1002', 'Das Kartennetz belastet sie und antwortet mit einem Fehler.'],
    tok_lostAnswer: ['Visa 1003', 'Das Kartennetz belastet sie, und seine Antwort geht verloren.'],
  },
  noCards: 'Dieser Shop nimmt im Moment keine Karten. Deine Plätze bleiben reserviert, bis die Zeit um ist.',
  noStripe:
    'Das Kartenformular lässt sich nicht laden. Prüfe deine Verbindung und ob etwas js.stripe.com blockiert.',
  pay: (total: string) => `${total} bezahlen`,
  paying: 'Wird bezahlt …',
  nextTry: 'Nächster Versuch in',
  slow: 'Das dauert länger als sonst. Es geht von selbst weiter: Du kannst hier warten oder später wiederkommen. Du zahlst nicht doppelt.',
  approval: 'Deine Bank will, dass du diese Zahlung freigibst. Bis dahin wird nichts abgebucht.',
  approve: 'Zu deiner Bank',
  bank: 'Deine Bank',
  declined: 'Die letzte Zahlung kam nicht zustande: Es wurde nichts abgebucht. Versuche eine andere Karte.',
  lost: 'Die Verbindung ist abgebrochen, das Ergebnis ist hier nicht bekannt. Versuche es noch einmal: Du zahlst nicht doppelt.',
  expired: 'Die Zeit zum Bezahlen ist um. Die Plätze sind wieder frei.',
  overdue: 'Die Zeit zum Bezahlen ist um.',
  cancelled: 'Diese Bestellung ist storniert. Es wird nichts abgebucht.',
  paidBack: 'Diese Bestellung ist storniert. Was abgebucht wurde, geht auf deine Karte zurück.',
  reasons: {
    'insufficient-funds':
      'Das Guthaben reicht nicht, oder das Limit deiner Karte ist erreicht. Es wurde nichts abgebucht. Versuche eine andere Karte.',
    'expired-card':
      'Diese Karte ist abgelaufen, oder ihr Datum stimmt nicht. Es wurde nichts abgebucht. Versuche eine andere Karte.',
    'incorrect-number':
      'Die Nummer dieser Karte stimmt nicht. Es wurde nichts abgebucht. Prüfe sie und versuche es noch einmal.',
    'incorrect-cvc':
      'Die Prüfziffer dieser Karte stimmt nicht. Es wurde nichts abgebucht. Prüfe sie und versuche es noch einmal.',
    'card-not-supported':
      'Mit dieser Karte lässt sich diese Bestellung nicht bezahlen. Es wurde nichts abgebucht. Versuche eine andere.',
    'processing-error':
      'Deine Bank konnte die Zahlung nicht bearbeiten. Es wurde nichts abgebucht. Versuche es gleich noch einmal oder nimm eine andere Karte.',
  },
  buyAgain: 'Zurück zum Ticket',
  toOrder: 'Bestellung ansehen',
  errors: {
    'card-declined': 'Deine Bank hat diese Karte abgelehnt. Es wurde nichts abgebucht. Versuche eine andere.',
    'card-needs-authentication':
      'Deine Bank will für diese Karte deine Freigabe. Versuche es noch einmal oder nimm eine andere.',
    'authentication-failed':
      'Die Zahlung wurde nicht freigegeben. Es wurde nichts abgebucht. Versuche es noch einmal.',
    'payment-cancelled': 'Die Zahlung wurde abgebrochen. Es wurde nichts abgebucht. Versuche es noch einmal.',
    'too-many-declines': 'Zu viele Karten wurden abgelehnt. Warte, bevor du die nächste versuchst.',
    'payment-attempts-exhausted':
      'Für diese Bestellung wurden zu viele Karten abgelehnt. Storniere sie und bestelle neu, wenn du magst.',
    'order-expired': 'Die Zeit zum Bezahlen ist um. Es wurde nichts abgebucht.',
    'order-cancelled': 'Diese Bestellung ist storniert. Es wurde nichts abgebucht.',
    'nothing-to-pay': 'Diese Bestellung ist kostenlos: Es gibt nichts zu bezahlen.',
    'not-your-order': 'Diese Bestellung gehört jemand anderem.',
    'invalid-token': 'Das Kartennetz kennt diese Karte nicht. Nimm eine andere.',
    'invalid-input': 'Das Kartennetz nimmt diese Karte nicht an. Nimm eine andere.',
    'amount-refused': 'Das Kartennetz lehnt diesen Betrag ab.',
  },
};

export const checkoutTexts: Texts<typeof en> = { en, de };
