// The cards that can be tried, each by the token `tok_…` and by the static id `pm_card_…`:
// Stripe's test cards, and some of our own for what Stripe's never do.

export type Decline = Readonly<{ code: string; declineCode: string; message: string }>;

export type Outcome =
  | Readonly<{ kind: 'approved' }>
  | Readonly<{ kind: 'declined'; decline: Decline }>
  | Readonly<{ kind: 'needs-authentication' }>;

/** What becomes of the answer once the charge is in the ledger. */
export type Answering = 'prompt' | 'slow' | 'fault' | 'lost';

export type Card = Readonly<{
  name: string;
  brand: 'visa' | 'mastercard' | 'amex' | 'discover';
  last4: string;
  outcome: Outcome;
  answering: Answering;
}>;

const approved: Outcome = { kind: 'approved' };

const declined = (declineCode: string, code = 'card_declined', message = 'Your card was declined.') =>
  ({ kind: 'declined', decline: { code, declineCode, message } }) satisfies Outcome;

export const authenticationRequired: Decline = {
  code: 'authentication_required',
  declineCode: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
};

type Row = readonly [
  name: string,
  last4: string,
  outcome: Outcome,
  brand?: Card['brand'],
  answering?: Answering,
];

const rows: readonly Row[] = [
  ['visa', '4242', approved],
  ['visa_debit', '5556', approved],
  ['mastercard', '4444', approved, 'mastercard'],
  ['mastercard_debit', '8210', approved, 'mastercard'],
  ['amex', '8431', approved, 'amex'],
  ['discover', '1117', approved, 'discover'],

  ['chargeDeclined', '0002', declined('generic_decline')],
  ['chargeCustomerFail', '0341', declined('generic_decline')],
  ['chargeDeclinedFraudulent', '0019', declined('fraudulent')],
  ['chargeDeclinedLostCard', '9987', declined('lost_card')],
  ['chargeDeclinedStolenCard', '9979', declined('stolen_card')],
  [
    'chargeDeclinedInsufficientFunds',
    '9995',
    declined('insufficient_funds', 'card_declined', 'Your card has insufficient funds.'),
  ],
  ['chargeDeclinedExpiredCard', '0069', declined('expired_card', 'expired_card', 'Your card has expired.')],
  [
    'chargeDeclinedIncorrectCvc',
    '0127',
    declined('incorrect_cvc', 'incorrect_cvc', "Your card's security code is incorrect."),
  ],
  [
    'chargeDeclinedProcessingError',
    '0119',
    declined(
      'processing_error',
      'processing_error',
      'An error occurred while processing your card. Try again in a little bit.',
    ),
  ],

  ['authenticationRequired', '3184', { kind: 'needs-authentication' }],
  ['threeDSecure2Required', '3220', { kind: 'needs-authentication' }],

  ['slow', '1001', approved, 'visa', 'slow'],
  ['500AfterSuccess', '1002', approved, 'visa', 'fault'],
  ['lostAnswer', '1003', approved, 'visa', 'lost'],
];

const cards: ReadonlyMap<string, Card> = new Map(
  rows.map(([name, last4, outcome, brand = 'visa', answering = 'prompt']) => [
    name,
    { name, last4, outcome, brand, answering },
  ]),
);

export const cardNames: readonly string[] = [...cards.keys()];

export function cardNamed(name: string): Card | undefined {
  return cards.get(name);
}

export function cardByToken(token: string): Card | undefined {
  return named('tok_', token);
}

export function cardByStaticId(paymentMethodId: string): Card | undefined {
  return named('pm_card_', paymentMethodId);
}

/** Stripe also knows its declined cards with their brand: `tok_visa_chargeDeclined`. */
function named(prefix: string, id: string): Card | undefined {
  if (!id.startsWith(prefix)) return undefined;
  const name = id.slice(prefix.length);
  return cards.get(name) ?? cards.get(name.replace(/^visa_(?=chargeDeclined)/, ''));
}
