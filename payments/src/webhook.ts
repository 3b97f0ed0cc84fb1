// Handles an event of Stripe. Other systems may use the same account, so only an intent with our mark counts: its
// metadata names this installation. Refunds, charges and disputes carry no mark; they are found by the intent's id, and what
// they changed is read from Stripe.

import { Id } from '@ticketing/common/id';
import type { Cause } from '@ticketing/common/observability';
import { apiVersion } from './cards/stripe-client.js';
import type { IntentSnapshot } from './cards/intent.js';
import type { WebhookEvent } from './cards/webhook-event.js';
import { isCharge, isUnsettled } from './domain/payment-state.js';
import { recordIntentState } from './settlement/record.js';
import { readCharge } from './settlement/settle-refunds.js';
import { settle } from './settlement/settle.js';
import type { PaymentsContext } from './store.js';

const ownAnswerMs = 1_000;

type Ignored = 'foreign' | 'thin' | 'unhandled';

export function receiveEvent(ctx: PaymentsContext) {
  const warnOnce = onceFor(ctx);

  return async (event: WebhookEvent, cause: Cause): Promise<void> => {
    warnOnce(event);
    const ignored = await record(ctx, event, cause);
    if (ignored === undefined) return;
    ctx.metrics.webhooksIgnored.inc({ reason: ignored });
    ctx.log.debug({ event: event.id, type: event.type, ignored }, 'webhook ignored');
  };
}

async function record(
  ctx: PaymentsContext,
  { subject }: WebhookEvent,
  cause: Cause,
): Promise<Ignored | undefined> {
  switch (subject.about) {
    case 'intent':
      return recordIntent(ctx, subject.intent, cause);
    case 'charge':
      return recordCharge(ctx, subject.intentId, cause);
    case 'thin':
      return 'thin';
    case 'nothing':
      return 'unhandled';
  }
}

async function recordIntent(
  ctx: PaymentsContext,
  intent: IntentSnapshot,
  cause: Cause,
): Promise<Ignored | undefined> {
  const id = intent.orderId ?? '';
  if (!Id.safeParse(id).success || !(await isOurs(ctx, id, intent))) return 'foreign';
  if (intent.status === 'succeeded') {
    // The answer to our own call arrives at about the same time. If both were recorded at once, one write would be in vain.
    await ctx.settlementOf(id, ownAnswerMs);
    const next = await recordIntentState(ctx, { id }, intent, cause);
    if (isUnsettled(next)) ctx.settleSoon(next, cause);
    return undefined;
  }
  const payment = await ctx.payments.find(id);
  if (!payment) return undefined;
  if (intent.status === 'cancelled') await recordIntentState(ctx, payment, intent, cause);
  // The report may be about an earlier attempt. Stripe knows the present one.
  else if (payment.status === 'requires-action' && payment.intentId === intent.intentId)
    await settle(ctx, payment, cause);
  return undefined;
}

// Earlier releases named the order only. Then the payment must have stored exactly this intent.
async function isOurs(
  ctx: PaymentsContext,
  id: string,
  { installation, intentId }: IntentSnapshot,
): Promise<boolean> {
  if (installation !== undefined) return installation === ctx.cards.installation;
  const payment = await ctx.payments.find(id);
  return payment !== undefined && 'intentId' in payment && payment.intentId === intentId;
}

async function recordCharge(
  ctx: PaymentsContext,
  intentId: string,
  cause: Cause,
): Promise<Ignored | undefined> {
  const found = await ctx.payments.ofIntent(intentId);
  if (!found) return 'foreign';
  // The answer to our own call may still be on the way.
  const payment = isCharge(found)
    ? found
    : await recordIntentState(ctx, found, await ctx.cards.retrieve(intentId), cause);
  if (!isCharge(payment)) return undefined;
  const next = await readCharge(ctx, payment, cause);
  if (isUnsettled(next)) ctx.settleSoon(next, cause);
  return undefined;
}

// An endpoint that is set up wrongly sends many events. One line for each mistake says what to do.
function onceFor({ log }: PaymentsContext) {
  const seen = new Set<string>();
  return ({ apiVersion: version = apiVersion, subject }: WebhookEvent): void => {
    const isThin = subject.about === 'thin';
    const mistake = isThin ? 'thin' : version;
    if (seen.has(mistake) || (!isThin && version === apiVersion)) return;
    seen.add(mistake);
    if (isThin) {
      log.error(
        { alarm: true },
        'thin events are ignored: create the webhook endpoint in Stripe with the payload style "Snapshot"',
      );
      return;
    }
    log.warn(
      { version, expected: apiVersion },
      'the webhook sends events of another API version: create an endpoint with the expected version, then delete this one',
    );
  };
}
