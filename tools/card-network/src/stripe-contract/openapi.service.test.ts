// Validates every response against Stripe's OpenAPI description; extract-schemas.mjs documents the source.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import {
  answerChallenge,
  createWaitingIntent,
  operate,
  newApiKey,
  startNetwork,
  createIntent,
  createPaidIntent,
  cleanUp,
  eventually,
  post,
  stripeClient,
  waitUntilProcessing,
} from '../testing/network.js';
import { startReceiver } from '../testing/webhook-receiver.js';

afterEach(cleanUp);

type Line = Readonly<{ name?: string; schema?: object }>;

const definitions = Object.fromEntries(
  readFileSync(join(__dirname, 'stripe-schemas.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
    .flatMap(({ name, schema }) => (name && schema ? [[name, schema]] : [])),
);
const ajv = new Ajv({ strict: false, allErrors: true }).addSchema({ $id: 'stripe', $defs: definitions });

/** Where the object violates Stripe's schema of this name. */
function violations(name: string, object: unknown): string[] {
  const validate = ajv.compile({ $ref: `stripe#/$defs/${name}` });
  if (validate(object)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

async function openShop(slowMs = 20) {
  const network = await startNetwork({ slowMs });
  const key = newApiKey();
  const get = async (path: string): Promise<unknown> =>
    await (await fetch(`${network.url}${path}`, { headers: { authorization: `Bearer ${key}` } })).json();
  const send = async (path: string, form: string): Promise<unknown> =>
    await (await post(network.url, key, path, form)).json();
  return { network, key, stripe: stripeClient(network.port, key), get, send };
}

const eventTypes = [
  'payment_intent.canceled',
  'payment_intent.payment_failed',
  'payment_intent.requires_action',
  'payment_intent.succeeded',
  'charge.succeeded',
  'charge.refunded',
  'charge.refund.updated',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.dispute.created',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.updated',
  'charge.dispute.closed',
  'charge.dispute.funds_reinstated',
];

describe('a PaymentIntent matches Stripe’s schema', () => {
  it.each([
    ['unpaid', ''],
    ['paid', 'pm_card_visa'],
    ['paid slowly', 'pm_card_slow'],
    ['declined', 'pm_card_chargeDeclined'],
    ['requiring an action', 'pm_card_threeDSecure2Required'],
    ['requiring a redirect', 'pm_card_threeDSecure2Required&return_url=http://shop.test'],
    ['refused', 'refuse'],
    ['approved', 'approve'],
    ['disputed', 'pm_card_createDispute'],
    ['cancelled', 'cancel'],
  ])('%s', async (_state, action) => {
    const { network, stripe, get, send } = await openShop();
    const { id, client_secret: secret } = await createIntent(stripe);
    if (action === 'approve' || action === 'refuse') {
      await send(`/v1/payment_intents/${id}/confirm`, 'payment_method=pm_card_threeDSecure2Required');
      await answerChallenge(network.url, secret ?? '', action);
    } else if (action === 'cancel')
      await send(`/v1/payment_intents/${id}/cancel`, 'cancellation_reason=duplicate');
    else if (action !== '') await send(`/v1/payment_intents/${id}/confirm`, `payment_method=${action}`);
    expect(violations('payment_intent', await get(`/v1/payment_intents/${id}`))).toEqual([]);
  });

  it('as a publishable key sees it', async () => {
    const { network, key, stripe } = await openShop();
    const { id, secret } = await createWaitingIntent(stripe);
    const shown = await fetch(`${network.url}/v1/payment_intents/${id}?client_secret=${secret}`, {
      headers: { authorization: `Bearer ${key.replace('sk_', 'pk_')}` },
    });
    expect(violations('payment_intent', await shown.json())).toEqual([]);
  });

  it('during a slow confirm', async () => {
    const { stripe, get, send } = await openShop(300);
    const { id } = await createIntent(stripe);
    const slow = send(`/v1/payment_intents/${id}/confirm`, 'payment_method=pm_card_slow');
    await waitUntilProcessing(stripe, id);
    expect(violations('payment_intent', await get(`/v1/payment_intents/${id}`))).toEqual([]);
    await slow;
  });

  it('with automatic payment methods, and with its charge expanded', async () => {
    const { get, send } = await openShop();
    const created = (await send(
      '/v1/payment_intents',
      'amount=100&currency=usd&automatic_payment_methods[enabled]=true&confirm=true&payment_method=pm_card_visa',
    )) as { id: string };
    const shown = (await get(`/v1/payment_intents/${created.id}?expand[0]=latest_charge`)) as {
      latest_charge: unknown;
    };
    expect(violations('payment_intent', shown)).toEqual([]);
    expect(violations('charge', shown.latest_charge)).toEqual([]);
  });
});

describe('Stripe’s schema is matched by', () => {
  it.each(['tok_visa', 'tok_amex', 'tok_chargeDeclined', 'tok_500AfterSuccess'])(
    'the PaymentMethod of %s',
    async (token) => {
      const { get, send } = await openShop();
      const created = (await send('/v1/payment_methods', `type=card&card[token]=${token}`)) as { id: string };
      expect(violations('payment_method', created)).toEqual([]);
      expect(violations('payment_method', await get(`/v1/payment_methods/${created.id}`))).toEqual([]);
    },
  );

  it('a refund', async () => {
    const { stripe, get, send } = await openShop();
    const { id } = await createPaidIntent(stripe);
    const created = (await send('/v1/refunds', `payment_intent=${id}&reason=duplicate&metadata[a]=b`)) as {
      id: string;
    };
    expect(violations('refund', created)).toEqual([]);
    expect(violations('refund', await get(`/v1/refunds/${created.id}`))).toEqual([]);
    expect(violations('refund', await send(`/v1/refunds/${created.id}`, 'metadata[a]=c'))).toEqual([]);
  });

  it.each(['pm_card_pendingRefund', 'pm_card_refundFail'])(
    'a refund to %s, before and after',
    async (card) => {
      const { network, key, stripe, get, send } = await openShop();
      const { id } = await createPaidIntent(stripe, card);
      const created = (await send('/v1/refunds', `payment_intent=${id}`)) as { id: string };
      expect(violations('refund', created)).toEqual([]);
      await operate(network.url, key, `/refunds/${created.id}/settle`, {});
      expect(violations('refund', await get(`/v1/refunds/${created.id}`))).toEqual([]);
    },
  );

  it.each(['pm_card_createDispute', 'pm_card_createDisputeInquiry'])('a dispute of %s', async (card) => {
    const { network, key, stripe, get } = await openShop();
    await createPaidIntent(stripe, card);
    const disputes = (await get('/v1/disputes')) as { data: [{ id: string }] };
    expect(violations('dispute_list', disputes)).toEqual([]);
    const [{ id }] = disputes.data;
    expect(violations('dispute', await get(`/v1/disputes/${id}`))).toEqual([]);
    const closed = await operate(network.url, key, `/disputes/${id}/close`, { outcome: 'won' });
    expect(violations('dispute', await closed.json())).toEqual([]);
  });

  it('lists', async () => {
    const { stripe, get, send } = await openShop();
    const { id } = await createPaidIntent(stripe);
    await send('/v1/refunds', `payment_intent=${id}`);
    expect(violations('payment_intent_list', await get('/v1/payment_intents?limit=1'))).toEqual([]);
    expect(violations('refund_list', await get(`/v1/refunds?payment_intent=${id}`))).toEqual([]);
  });

  it.each([
    ['an unknown parameter', '/v1/payment_intents', 'amount=100&currency=usd&colour=red'],
    ['an unknown token', '/v1/payment_methods', 'type=card&card[token]=tok_nope'],
    ['an unknown intent', '/v1/refunds', 'payment_intent=pi_nope'],
    [
      'a decline',
      '/v1/payment_intents',
      'amount=100&currency=usd&confirm=true&payment_method=pm_card_chargeDeclined',
    ],
    [
      'a required authentication',
      '/v1/payment_intents',
      'amount=100&currency=usd&confirm=true&payment_method=pm_card_authenticationRequired&error_on_requires_action=true',
    ],
    ['an unexpected state', '/v1/payment_intents', 'amount=100&currency=usd&confirm=true'],
    [
      'an internal error',
      '/v1/payment_intents',
      'amount=100&currency=usd&confirm=true&payment_method=pm_card_500AfterSuccess',
    ],
  ])('the error for %s', async (_cause, path, form) => {
    const { send } = await openShop();
    const error = await send(path, form);
    expect(error).toHaveProperty('error.message');
    expect(violations('error', error)).toEqual([]);
  });

  it('the error for a refund of a disputed charge', async () => {
    const { stripe, send } = await openShop();
    const { id } = await createPaidIntent(stripe, 'pm_card_createDispute');
    const error = await send('/v1/refunds', `payment_intent=${id}`);
    expect(error).toHaveProperty('error.code', 'charge_disputed');
    expect(violations('error', error)).toEqual([]);
  });

  it('webhook endpoints and their events', async () => {
    const { stripe, get, send, network, key } = await openShop();
    const receiver = await startReceiver();
    const endpoint = (await send(
      '/v1/webhook_endpoints',
      `url=${encodeURIComponent(receiver.url)}&enabled_events[0]=*`,
    )) as { id: string };
    expect(violations('webhook_endpoint', endpoint)).toEqual([]);
    const { id } = await createIntent(stripe);
    await send(`/v1/payment_intents/${id}/confirm`, 'payment_method=pm_card_chargeDeclined');
    await send(`/v1/payment_intents/${id}/confirm`, 'payment_method=pm_card_visa');
    await send('/v1/refunds', `payment_intent=${id}`);
    await send(`/v1/payment_intents/${(await createIntent(stripe)).id}/cancel`, '');
    const waiting = await createWaitingIntent(stripe);
    await answerChallenge(network.url, waiting.secret, 'refuse');
    const { id: failing } = await createPaidIntent(stripe, 'pm_card_refundFail');
    const refund = (await send('/v1/refunds', `payment_intent=${failing}`)) as { id: string };
    await operate(network.url, key, `/refunds/${refund.id}/settle`, {});
    await createPaidIntent(stripe, 'pm_card_createDispute');
    const [dispute] = (await stripe.disputes.list()).data;
    await operate(network.url, key, `/disputes/${dispute?.id}/close`, { outcome: 'won' });
    await eventually(() => expect(new Set(receiver.types())).toEqual(new Set(eventTypes)));

    for (const { body } of receiver.received) {
      const event = JSON.parse(body) as { data: { object: { object: string } } };
      expect(violations('event', { ...event, data: { ...event.data, object: {} } })).toEqual([]);
      expect(violations(event.data.object.object, event.data.object)).toEqual([]);
    }
    const deleted = await fetch(`${network.url}/v1/webhook_endpoints/${endpoint.id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${key}` },
    });
    expect(violations('deleted_webhook_endpoint', await deleted.json())).toEqual([]);
    expect(await get('/v1/payment_intents')).toHaveProperty('object', 'list');
  });

  it('control: an unknown field, value or type violates the schema', async () => {
    const { stripe, get } = await openShop();
    const { id } = await createIntent(stripe);
    const intent = (await get(`/v1/payment_intents/${id}`)) as object;
    expect(violations('payment_intent', { ...intent, colour: 'red' })).toHaveLength(1);
    expect(violations('payment_intent', { ...intent, status: 'paid' })).toHaveLength(1);
    expect(violations('payment_intent', { ...intent, created: 'today' })).toHaveLength(1);
  });
});
