import {
  chargeIdOf,
  cleanUp,
  createPaidIntent,
  errorOf,
  eventually,
  newApiKey,
  operate,
  startNetwork,
  stripeClient,
} from '../testing/network.js';
import { startReceiver } from '../testing/webhook-receiver.js';

afterEach(cleanUp);

async function openShop() {
  const receiver = await startReceiver();
  const network = await startNetwork({ webhookUrl: receiver.url, webhookSecret: 'whsec_configured' });
  const key = newApiKey();
  const stripe = stripeClient(network.port, key);
  const send = async (path: string, body: object) => {
    const response = await operate(network.url, key, path, body);
    return [response.status, (await response.json()) as { id: string }] as const;
  };
  const disputeTypes = () =>
    receiver
      .types()
      .filter((type) => type.startsWith('charge.dispute.'))
      .sort();
  return { network, key, stripe, send, disputeTypes };
}

const openedTypes = ['charge.dispute.created', 'charge.dispute.funds_withdrawn'];

describe('a dispute', () => {
  it.each([
    ['pm_card_createDispute', 'fraudulent', 'needs_response', openedTypes],
    ['pm_card_createDisputeProductNotReceived', 'product_not_received', 'needs_response', openedTypes],
    ['pm_card_createDisputeInquiry', 'fraudulent', 'warning_needs_response', ['charge.dispute.created']],
  ])('follows a payment with %s', async (card, reason, status, types) => {
    const { stripe, disputeTypes } = await openShop();
    const { id, latest_charge: charge } = await createPaidIntent(stripe, card);
    const { data } = await stripe.disputes.list({ payment_intent: id });
    expect(data).toMatchObject([{ amount: 1999, payment_intent: id, charge, reason, status }]);
    const shown = await stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] });
    expect(shown.latest_charge).toMatchObject({ disputed: true });
    await eventually(() => expect(disputeTypes()).toEqual(types));
  });

  it('of any charge can be opened and closed by an operator', async () => {
    const { stripe, send } = await openShop();
    const { id } = await createPaidIntent(stripe);
    const [status, { id: disputeId }] = await send('/disputes', {
      payment_intent: id,
      amount: 500,
      reason: 'product_not_received',
    });
    expect(status).toBe(200);
    expect(await stripe.disputes.retrieve(disputeId)).toMatchObject({
      amount: 500,
      reason: 'product_not_received',
      status: 'needs_response',
      is_charge_refundable: false,
    });
    await send(`/disputes/${disputeId}/close`, { outcome: 'won' });
    expect((await stripe.disputes.retrieve(disputeId)).status).toBe('won');
  });

  it.each([
    [
      'won',
      [...openedTypes, 'charge.dispute.closed', 'charge.dispute.updated', 'charge.dispute.funds_reinstated'],
    ],
    ['lost', [...openedTypes, 'charge.dispute.closed', 'charge.dispute.updated']],
  ])('that ends as %s sends the events of that end', async (outcome, types) => {
    const { stripe, send, disputeTypes } = await openShop();
    const { id } = await createPaidIntent(stripe);
    const [, { id: disputeId }] = await send('/disputes', { payment_intent: id });
    await send(`/disputes/${disputeId}/close`, { outcome });
    await eventually(() => expect(disputeTypes()).toEqual([...types].sort()));
  });

  it('is lost when the shop accepts it, once', async () => {
    const { stripe } = await openShop();
    const { id } = await createPaidIntent(stripe, 'pm_card_createDispute');
    const [dispute] = (await stripe.disputes.list({ payment_intent: id })).data;
    const disputeId = dispute?.id ?? '';
    expect((await stripe.disputes.close(disputeId)).status).toBe('lost');
    expect(await errorOf(stripe.disputes.close(disputeId))).toMatchObject({ statusCode: 400 });
  });

  it('stops refunds until it is won', async () => {
    const { stripe, send } = await openShop();
    const { id } = await createPaidIntent(stripe, 'pm_card_createDispute');
    expect(await errorOf(stripe.refunds.create({ payment_intent: id }))).toMatchObject({
      statusCode: 400,
      code: 'charge_disputed',
    });
    const [dispute] = (await stripe.disputes.list({ payment_intent: id })).data;
    await send(`/disputes/${dispute?.id}/close`, { outcome: 'won' });
    expect((await stripe.refunds.create({ payment_intent: id })).status).toBe('succeeded');
  });

  it('is listed by intent and by charge, newest first, page by page', async () => {
    const { stripe } = await openShop();
    const first = await createPaidIntent(stripe, 'pm_card_createDispute');
    const second = await createPaidIntent(stripe, 'pm_card_createDispute');
    const page = await stripe.disputes.list({ limit: 1 });
    const all = await stripe.disputes.list({ limit: 1 }).autoPagingToArray({ limit: 10 });
    expect([page.data.length, page.has_more]).toEqual([1, true]);
    expect(all.map((dispute) => dispute.payment_intent)).toEqual([second.id, first.id]);
    const ofCharge = await stripe.disputes.list({ charge: chargeIdOf(first) });
    expect(ofCharge.data.map((dispute) => dispute.payment_intent)).toEqual([first.id]);
  });
});

describe('an operator', () => {
  it.each([
    ['/disputes', {}, 400],
    ['/disputes', { payment_intent: 'pi_x' }, 404],
    ['/disputes', { payment_intent: 'pi_x', colour: 'red' }, 400],
    ['/disputes/du_x/close', { outcome: 'won' }, 404],
    ['/disputes/du_x/close', { outcome: 'maybe' }, 400],
    ['/disputes/du_x/reopen', {}, 404],
  ])('gets an error for %s %j', async (path, body, status) => {
    const { send } = await openShop();
    expect((await send(path, body))[0]).toBe(status);
  });

  it('needs a key of the account', async () => {
    const { network, stripe } = await openShop();
    const { id } = await createPaidIntent(stripe);
    expect((await operate(network.url, newApiKey(), '/disputes', { payment_intent: id })).status).toBe(404);
    expect((await operate(network.url, 'none', '/disputes', { payment_intent: id })).status).toBe(401);
  });
});
