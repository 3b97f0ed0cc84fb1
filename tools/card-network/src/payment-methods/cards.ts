// The test cards, each as the token `tok_<name>` and as the static payment method `pm_card_<name>`:
// Stripe's own, and three of ours: a slow bank, a response of 500 after the charge, and a lost response.

export type Decline = Readonly<{
  /** Absent: `card_error`. */
  type?: 'invalid_request_error';
  code: string;
  declineCode: string | null;
  message: string;
}>;

export type Outcome =
  | Readonly<{ kind: 'approved' }>
  | Readonly<{ kind: 'declined'; decline: Decline }>
  /** The bank asks the buyer for approval; with `decline`, it then declines the charge all the same. */
  | Readonly<{ kind: 'needs-authentication'; decline: Decline | null }>;

/** How the response to a confirm arrives: late, as a 500, or not at all. The charge succeeds in each case. */
export type CardResponse = 'normal' | 'slow' | 'error' | 'lost';

/** How refunds to the card go: at once, first `pending` and later `succeeded`, or first `succeeded` and later `failed`. */
export type CardRefunds = 'succeed' | 'succeed-later' | 'fail-later';

/** The dispute that the holder of the card opens after each charge. An inquiry withdraws no funds. */
export type CardDispute = Readonly<{ reason: string; inquiry: boolean }>;

export type Card = Readonly<{
  name: string;
  brand: 'visa' | 'mastercard' | 'amex' | 'discover';
  last4: string;
  outcome: Outcome;
  response: CardResponse;
  refunds: CardRefunds;
  dispute: CardDispute | null;
}>;

const approved: Outcome = { kind: 'approved' };

const declined = (declineCode: string, code = 'card_declined', message = 'Your card was declined.') =>
  ({ kind: 'declined', decline: { code, declineCode, message } }) satisfies Outcome;

export const authenticationRequired: Decline = {
  code: 'authentication_required',
  declineCode: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
};

export const authenticationFailed: Decline = {
  type: 'invalid_request_error',
  code: 'payment_intent_authentication_failure',
  declineCode: null,
  message:
    'The provided PaymentMethod has failed authentication. You can provide a new PaymentMethod to attempt to ' +
    'fulfill this PaymentIntent again.',
};

type Row = readonly [
  name: string,
  last4: string,
  outcome: Outcome,
  differences?: Partial<Pick<Card, 'brand' | 'response' | 'refunds' | 'dispute'>>,
];

const rows: readonly Row[] = [
  ['visa', '4242', approved],
  ['visa_debit', '5556', approved],
  ['mastercard', '4444', approved, { brand: 'mastercard' }],
  ['mastercard_debit', '8210', approved, { brand: 'mastercard' }],
  ['amex', '8431', approved, { brand: 'amex' }],
  ['discover', '1117', approved, { brand: 'discover' }],

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

  ['authenticationRequired', '3184', { kind: 'needs-authentication', decline: null }],
  ['threeDSecure2Required', '3220', { kind: 'needs-authentication', decline: null }],
  [
    'threeDSecureRequiredChargeDeclined',
    '1629',
    { kind: 'needs-authentication', decline: declined('generic_decline').decline },
  ],

  ['pendingRefund', '7726', approved, { refunds: 'succeed-later' }],
  ['refundFail', '5126', approved, { refunds: 'fail-later' }],

  ['createDispute', '0259', approved, { dispute: { reason: 'fraudulent', inquiry: false } }],
  [
    'createDisputeProductNotReceived',
    '2685',
    approved,
    { dispute: { reason: 'product_not_received', inquiry: false } },
  ],
  ['createDisputeInquiry', '1976', approved, { dispute: { reason: 'fraudulent', inquiry: true } }],

  ['slow', '1001', approved, { response: 'slow' }],
  ['500AfterSuccess', '1002', approved, { response: 'error' }],
  ['lostAnswer', '1003', approved, { response: 'lost' }],
];

const usual = { brand: 'visa', response: 'normal', refunds: 'succeed', dispute: null } as const;

const cards: ReadonlyMap<string, Card> = new Map(
  rows.map(([name, last4, outcome, differences]) => [
    name,
    { name, last4, outcome, ...usual, ...differences },
  ]),
);

export const cardNames: readonly string[] = [...cards.keys()];

export function cardNamed(name: string): Card | undefined {
  return cards.get(name);
}

export function cardByToken(token: string): Card | undefined {
  return findCard('tok_', token);
}

export function cardByStaticId(paymentMethodId: string): Card | undefined {
  return findCard('pm_card_', paymentMethodId);
}

/** Stripe also accepts a declined card with its brand: `tok_visa_chargeDeclined`. */
function findCard(prefix: string, id: string): Card | undefined {
  if (!id.startsWith(prefix)) return undefined;
  const name = id.slice(prefix.length);
  return cards.get(name) ?? cards.get(name.replace(/^visa_(?=chargeDeclined)/, ''));
}
