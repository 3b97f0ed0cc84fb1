import { checkedAmount, checkedCurrency } from './amounts.js';
import { cardNamed } from '../payment-methods/cards.js';
import { invalidParameter, missing } from '../api/errors.js';
import { newId } from '../ids.js';
import type { Account } from '../ledger/ledger.js';
import {
  checkedLimit,
  findIntent,
  findPaymentMethod,
  wantedPaymentMethod,
  type Call,
  type Done,
  type Slow,
} from '../api/handler.js';
import { check, metadata, required, type Shape } from '../api/params.js';
import * as intents from './payment-intent.js';
import type { PaymentMethod } from '../payment-methods/payment-method.js';
import { declineBody, intentView } from './intent-view.js';
import { listView } from '../api/views.js';

const ignoredOnConfirm = {
  excluded_payment_method_types: 'ignored',
  client_secret: 'ignored',
  mandate_data: 'ignored',
  off_session: 'ignored',
  payment_method_options: 'ignored',
  radar_options: 'ignored',
  receipt_email: 'ignored',
  return_url: 'ignored',
  shipping: 'ignored',
  use_stripe_sdk: 'ignored',
  amount_to_confirm: 'unsupported',
  capture_method: 'unsupported',
  confirmation_token: 'unsupported',
  mandate: 'unsupported',
  payment_method_data: 'unsupported',
  setup_future_usage: 'unsupported',
} as const satisfies Shape;

export function createIntent(call: Call): Done | Slow {
  const params = check(call.form, {
    ...ignoredOnConfirm,
    amount: 'integer',
    currency: 'text',
    metadata: 'map',
    description: 'text',
    payment_method: 'text',
    // Until 2026-10-28.endive the one name, from then on the other.
    payment_method_types: 'list',
    allowed_payment_method_types: 'list',
    automatic_payment_methods: 'form',
    confirm: 'flag',
    error_on_requires_action: 'flag',
    expand: 'list',
    statement_descriptor: 'ignored',
    statement_descriptor_suffix: 'ignored',
    transfer_group: 'ignored',
    confirmation_method: 'unsupported',
    customer: 'unsupported',
    application_fee_amount: 'unsupported',
    on_behalf_of: 'unsupported',
    transfer_data: 'unsupported',
  });
  const amount = required(params.amount, 'amount');
  const currency = checkedCurrency(required(params.currency, 'currency'));
  const automatic = check(params.automatic_payment_methods ?? {}, {
    enabled: 'flag',
    allow_redirects: 'ignored',
  });
  const allowed = params.allowed_payment_method_types;
  const types = params.payment_method_types ?? allowed ?? ['card'];
  if (!types.includes('card')) {
    throw invalidParameter('parameter_invalid', 'payment_method_types', 'Only cards here.');
  }
  const paymentMethod = wantedPaymentMethod(call, params.payment_method);
  const id = newId('pi');

  const intent = intents.open({
    id,
    clientSecret: newId(`${id}_secret`),
    created: call.now,
    amount: checkedAmount(amount, currency),
    currency,
    description: params.description ?? null,
    metadata: metadata(params.metadata),
    paymentMethodTypes: types,
    allowedMethodTypes: allowed ?? null,
    automaticPaymentMethods: automatic.enabled ?? params.payment_method_types === undefined,
    paymentMethod: paymentMethod?.id ?? null,
  });

  if (params.confirm) {
    return confirmed(call, intent, paymentMethod, params.error_on_requires_action, params.expand);
  }
  return { status: 200, body: intentView(intent, params.expand), changes: { intents: [intent] } };
}

export function showIntent(call: Call): Done {
  const { expand } = check(call.form, { expand: 'list', client_secret: 'ignored' });
  return { status: 200, body: intentView(findIntent(call), expand) };
}

export function listIntents({ account, form }: Call): Done {
  const { limit, starting_after: after } = check(form, {
    limit: 'integer',
    starting_after: 'text',
    expand: 'ignored',
  });
  const page = account.intents.newestFirst(checkedLimit(limit), after);
  if (page === undefined) throw missing(400, 'payment_intent', String(after), 'starting_after');
  const data = page.data.map((intent) => intentView(intent));
  return { status: 200, body: listView('/v1/payment_intents', data, page.hasMore) };
}

export function confirmIntent(call: Call): Done | Slow {
  const params = check(call.form, {
    ...ignoredOnConfirm,
    payment_method: 'text',
    payment_method_types: 'ignored',
    allowed_payment_method_types: 'ignored',
    error_on_requires_action: 'flag',
    expand: 'list',
  });
  const intent = findIntent(call);
  intents.assertConfirmable(intent);
  const paymentMethod = wantedPaymentMethod(call, params.payment_method ?? intent.paymentMethod ?? undefined);

  return confirmed(call, intent, paymentMethod, params.error_on_requires_action, params.expand);
}

function confirmed(
  { now }: Call,
  intent: intents.Intent,
  paymentMethod: PaymentMethod | undefined,
  errorOnRequiresAction = false,
  expand?: readonly string[],
): Done | Slow {
  if (paymentMethod === undefined) {
    throw new intents.UnexpectedState(
      intent,
      "You cannot confirm this PaymentIntent because it's missing a payment method. Update the " +
        'PaymentIntent with a payment method, or pass one when confirming.',
    );
  }
  const next = intents.confirm(intent, { paymentMethod, chargeId: newId('ch'), now, errorOnRequiresAction });
  if (next.status === 'processing') return { slow: next };

  const answering = cardNamed(paymentMethod.card)?.answering;
  return {
    ...outcome(next, expand),
    ...(next.status === 'succeeded' && (answering === 'fault' || answering === 'lost') ? { answering } : {}),
  };
}

/** The answer of the slow bank, also after a restart in between. */
export function finishConfirm(account: Account, intentId: string, now: number): Done {
  const intent = account.intents.get(intentId);
  const paymentMethod = findPaymentMethod(account, intent?.paymentMethod ?? '', now);
  if (intent === undefined || paymentMethod === undefined) throw new Error('the ledger lost a slow confirm');
  const attempt = { paymentMethod, chargeId: newId('ch'), now, errorOnRequiresAction: false };
  return outcome(intents.settle(intent, attempt));
}

function outcome(intent: intents.Intent, expand?: readonly string[]): Done {
  const error = declineBody(intent);
  const changes = { intents: [intent] };
  if (error) {
    const events = [{ type: 'payment_intent.payment_failed', object: intentView(intent) }];
    return { status: 402, body: { error }, changes, events };
  }
  const events =
    intent.status === 'succeeded' ? [{ type: 'payment_intent.succeeded', object: intentView(intent) }] : [];
  return { status: 200, body: intentView(intent, expand), changes, events };
}

const cancellationReasons = ['abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'];

export function cancelIntent(call: Call): Done {
  const { cancellation_reason: reason, expand } = check(call.form, {
    cancellation_reason: 'text',
    expand: 'list',
  });
  if (reason !== undefined && !cancellationReasons.includes(reason)) {
    throw invalidParameter(
      'parameter_invalid',
      'cancellation_reason',
      `Invalid cancellation_reason: ${reason}`,
    );
  }
  const intent = intents.cancel(findIntent(call), reason ?? null, call.now);
  return {
    status: 200,
    body: intentView(intent, expand),
    changes: { intents: [intent] },
    events: [{ type: 'payment_intent.canceled', object: intentView(intent) }],
  };
}
