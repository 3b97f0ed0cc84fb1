import { cardByStaticId, cardByToken, cardNames } from './cards.js';

describe('a card', () => {
  it.each(cardNames)('%s has a token and a static id', (name) => {
    expect(cardByToken(`tok_${name}`)).toMatchObject({ name });
    expect(cardByStaticId(`pm_card_${name}`)).toMatchObject({ name });
  });

  it.each([
    ['tok_visa', 'approved'],
    ['tok_mastercard', 'approved'],
    ['tok_chargeDeclined', 'declined'],
    ['tok_visa_chargeDeclined', 'declined'],
    ['tok_visa_chargeDeclinedInsufficientFunds', 'declined'],
    ['tok_authenticationRequired', 'needs-authentication'],
    ['tok_threeDSecure2Required', 'needs-authentication'],
    ['tok_threeDSecureRequiredChargeDeclined', 'needs-authentication'],
    ['tok_pendingRefund', 'approved'],
    ['tok_refundFail', 'approved'],
    ['tok_createDispute', 'approved'],
    ['tok_slow', 'approved'],
    ['tok_nope', undefined],
    ['tok_visa_visa', undefined],
    ['tok_', undefined],
    ['visa', undefined],
    ['pm_card_visa', undefined],
  ])('with token %s is %s', (token, kind) => {
    expect(cardByToken(token)?.outcome.kind).toBe(kind);
  });
});
