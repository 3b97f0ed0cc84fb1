// Every answer against Stripe's own description of it (extract-schemas.mjs tells where that is from).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import {
  aKey,
  aNetwork,
  anIntent,
  aPaidIntent,
  aReceiver,
  cleanUp,
  eventually,
  post,
  stripeAt,
  untilProcessing,
} from '../testing/network.js';

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

/** What Stripe's description of `name` holds against this object: nothing, we hope. */
function objections(name: string, object: unknown): string[] {
  const validate = ajv.compile({ $ref: `stripe#/$defs/${name}` });
  if (validate(object)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

async function aShop(slowMs = 20) {
  const network = await aNetwork({ slowMs });
  const key = aKey();
  const get = async (path: string): Promise<unknown> =>
    await (await fetch(`${network.url}${path}`, { headers: { authorization: `Bearer ${key}` } })).json();
  const send = async (path: string, form: string): Promise<unknown> =>
    await (await post(network.url, key, path, form)).json();
  return { network, key, stripe: stripeAt(network.port, key), get, send };
}

describe('a PaymentIntent, as Stripe describes it', () => {
  it.each([
    ['unpaid', ''],
    ['paid', 'pm_card_visa'],
    ['paid slowly', 'pm_card_slow'],
    ['declined', 'pm_card_chargeDeclined'],
    ['waiting for the bank', 'pm_card_threeDSecure2Required'],
    ['cancelled', 'cancel'],
  ])('%s', async (_what, step) => {
    const { stripe, get, send } = await aShop();
    const { id } = await anIntent(stripe);
    if (step === 'cancel') await send(`/v1/payment_intents/${id}/cancel`, 'cancellation_reason=duplicate');
    else if (step !== '') await send(`/v1/payment_intents/${id}/confirm`, `payment_method=${step}`);
    expect(objections('payment_intent', await get(`/v1/payment_intents/${id}`))).toEqual([]);
  });

  it('while its bank is slow', async () => {
    const { stripe, get, send } = await aShop(300);
    const { id } = await anIntent(stripe);
    const slow = send(`/v1/payment_intents/${id}/confirm`, 'payment_method=pm_card_slow');
    await untilProcessing(stripe, id);
    expect(objections('payment_intent', await get(`/v1/payment_intents/${id}`))).toEqual([]);
    await slow;
  });

  it('with automatic payment methods, and with its charge expanded', async () => {
    const { get, send } = await aShop();
    const made = (await send(
      '/v1/payment_intents',
      'amount=100&currency=usd&automatic_payment_methods[enabled]=true&confirm=true&payment_method=pm_card_visa',
    )) as { id: string };
    const shown = (await get(`/v1/payment_intents/${made.id}?expand[0]=latest_charge`)) as {
      latest_charge: unknown;
    };
    expect(objections('payment_intent', shown)).toEqual([]);
    expect(objections('charge', shown.latest_charge)).toEqual([]);
  });
});

describe('other answers, as Stripe describes them', () => {
  it.each(['tok_visa', 'tok_amex', 'tok_chargeDeclined', 'tok_500AfterSuccess'])(
    'the PaymentMethod of %s',
    async (token) => {
      const { get, send } = await aShop();
      const made = (await send('/v1/payment_methods', `type=card&card[token]=${token}`)) as { id: string };
      expect(objections('payment_method', made)).toEqual([]);
      expect(objections('payment_method', await get(`/v1/payment_methods/${made.id}`))).toEqual([]);
    },
  );

  it('a refund', async () => {
    const { stripe, get, send } = await aShop();
    const { id } = await aPaidIntent(stripe);
    const made = (await send('/v1/refunds', `payment_intent=${id}&reason=duplicate&metadata[a]=b`)) as {
      id: string;
    };
    expect(objections('refund', made)).toEqual([]);
    expect(objections('refund', await get(`/v1/refunds/${made.id}`))).toEqual([]);
  });

  it('lists', async () => {
    const { stripe, get, send } = await aShop();
    const { id } = await aPaidIntent(stripe);
    await send('/v1/refunds', `payment_intent=${id}`);
    expect(objections('payment_intent_list', await get('/v1/payment_intents?limit=1'))).toEqual([]);
    expect(objections('refund_list', await get(`/v1/refunds?payment_intent=${id}`))).toEqual([]);
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
      'a wanted authentication',
      '/v1/payment_intents',
      'amount=100&currency=usd&confirm=true&payment_method=pm_card_authenticationRequired&error_on_requires_action=true',
    ],
    ['a wrong state', '/v1/payment_intents', 'amount=100&currency=usd&confirm=true'],
    [
      'a fault',
      '/v1/payment_intents',
      'amount=100&currency=usd&confirm=true&payment_method=pm_card_500AfterSuccess',
    ],
  ])('the error for %s', async (_what, path, form) => {
    const { send } = await aShop();
    const answer = await send(path, form);
    expect(answer).toHaveProperty('error.message');
    expect(objections('error', answer)).toEqual([]);
  });

  it('webhook endpoints, and the events sent to them', async () => {
    const { stripe, get, send, network, key } = await aShop();
    const receiver = await aReceiver();
    const endpoint = (await send(
      '/v1/webhook_endpoints',
      `url=${encodeURIComponent(receiver.url)}&enabled_events[0]=*`,
    )) as { id: string };
    expect(objections('webhook_endpoint', endpoint)).toEqual([]);
    const { id } = await anIntent(stripe);
    await send(`/v1/payment_intents/${id}/confirm`, 'payment_method=pm_card_chargeDeclined');
    await send(`/v1/payment_intents/${id}/confirm`, 'payment_method=pm_card_visa');
    await send('/v1/refunds', `payment_intent=${id}`);
    await send(`/v1/payment_intents/${(await anIntent(stripe)).id}/cancel`, '');
    await eventually(() => expect(receiver.received).toHaveLength(5));

    for (const { body } of receiver.received) {
      const event = JSON.parse(body) as { data: { object: { object: string } } };
      expect(objections('event', { ...event, data: { object: {} } })).toEqual([]);
      expect(objections(event.data.object.object, event.data.object)).toEqual([]);
    }
    const gone = await fetch(`${network.url}/v1/webhook_endpoints/${endpoint.id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${key}` },
    });
    expect(objections('deleted_webhook_endpoint', await gone.json())).toEqual([]);
    expect(await get('/v1/payment_intents')).toHaveProperty('object', 'list');
  });

  it('…and what Stripe does not have is told (this keeps the tests above honest)', async () => {
    const { stripe, get } = await aShop();
    const { id } = await anIntent(stripe);
    const intent = (await get(`/v1/payment_intents/${id}`)) as object;
    expect(objections('payment_intent', { ...intent, colour: 'red' })).toHaveLength(1);
    expect(objections('payment_intent', { ...intent, status: 'paid' })).toHaveLength(1);
    expect(objections('payment_intent', { ...intent, created: 'today' })).toHaveLength(1);
  });
});
