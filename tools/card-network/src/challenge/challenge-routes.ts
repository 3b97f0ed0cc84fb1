// GET and POST /challenge: the bank asks the buyer. The client secret finds the intent, in any account.
// A form gets pages, a JSON request gets JSON.
import { z } from 'zod';
import { ApiError, errorView, invalidParameter, resourceMissing } from '../api/errors.js';
import type { RequestProcessor } from '../api/request-processor.js';
import { header, parseJson, readBody, unknownUrl } from '../http/request.js';
import { sendHtml, sendJson, type Exchange } from '../http/response.js';
import type { Account } from '../ledger/account.js';
import type { Ledger } from '../ledger/ledger.js';
import { publicIntentView } from '../payment-intents/intent-view.js';
import { ChallengeClosed, type Intent } from '../payment-intents/payment-intent.js';
import { answeredResult } from './answer-challenge.js';
import { challengePage, messagePage } from './challenge-page.js';

type Options = Readonly<{ ledger: Ledger; processor: RequestProcessor }>;

const Answer = z.object({
  client_secret: z.string(),
  outcome: z.enum(['approve', 'refuse'], { error: 'The outcome is "approve" or "refuse".' }),
});

export async function handleChallenge(
  options: Options,
  exchange: Exchange,
  { method, query }: Readonly<{ method: string; query: string }>,
): Promise<void> {
  try {
    if (method === 'GET') return showChallenge(options, exchange, new URLSearchParams(query));
    if (method === 'POST') return await receiveAnswer(options, exchange);
    throw unknownUrl(method, '/challenge');
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown;
    sendRefusal(exchange, thrown);
  }
}

function showChallenge({ ledger }: Options, exchange: Exchange, query: URLSearchParams): void {
  const { intent } = find(ledger, query.get('client_secret') ?? '');
  if (wantsJson(exchange)) return sendJson(exchange, 200, { payment_intent: publicIntentView(intent) });
  if (intent.status === 'requires_action') return sendHtml(exchange, 200, challengePage(intent));
  sendHtml(exchange, 200, resultPage(intent));
}

async function receiveAnswer({ ledger, processor }: Options, exchange: Exchange): Promise<void> {
  const answer = Answer.safeParse(await readAnswer(exchange));
  if (!answer.success) {
    const [issue] = answer.error.issues;
    throw invalidParameter('parameter_invalid', String(issue?.path[0]), issue?.message ?? 'Invalid answer.');
  }
  const { client_secret: secret, outcome } = answer.data;
  const { account, intent: before } = find(ledger, secret);

  const { body } = processor.execute(account, (now) => answeredResult(account, before, outcome, now));

  if (wantsJson(exchange)) return sendJson(exchange, 200, body);
  const { intent } = find(ledger, secret);
  const returnUrl = returnUrlOf(intent);
  if (returnUrl === null) return sendHtml(exchange, 200, resultPage(intent));
  exchange.response.writeHead(303, { Location: returnUrl, 'Cache-Control': 'no-store' }).end();
}

async function readAnswer({ request }: Exchange): Promise<unknown> {
  const body = await readBody(request);
  return isJson(header(request, 'content-type'))
    ? parseJson(body)
    : Object.fromEntries(new URLSearchParams(body));
}

function find(ledger: Ledger, secret: string): Readonly<{ account: Account; intent: Intent }> {
  const found = ledger.findBySecret(secret);
  if (found === undefined) throw resourceMissing(404, 'client_secret', secret, 'client_secret');
  return found;
}

function sendRefusal(exchange: Exchange, error: ApiError): void {
  const intent = error instanceof ChallengeClosed ? error.intent : undefined;
  if (wantsJson(exchange)) {
    const { error: body } = errorView(error);
    const details = intent && { payment_intent: publicIntentView(intent) };
    return sendJson(exchange, error.status, { error: { ...body, ...details } });
  }
  const title = error.status === 404 ? 'Unknown payment' : 'Nothing has changed';
  const message = error.status === 404 ? 'This link does not belong to a payment.' : error.message;
  sendHtml(exchange, error.status, messagePage(title, message, intent && returnUrlOf(intent)));
}

const results = {
  succeeded: ['Payment made', 'You can close this page.'],
  canceled: ['Payment cancelled', 'This payment has been cancelled. Your card is not charged.'],
  requires_payment_method: ['Payment not made', 'Your card is not charged.'],
} as const;

function resultPage(intent: Intent): string {
  const [title, message] =
    intent.status in results
      ? results[intent.status as keyof typeof results]
      : ['No approval needed', 'This payment does not wait for an approval.'];
  return messagePage(title, message, returnUrlOf(intent));
}

/** With the parameters that Stripe adds. */
function returnUrlOf({ id, clientSecret, status, nextAction }: Intent): string | null {
  if (nextAction?.returnUrl == null) return null;
  const url = new URL(nextAction.returnUrl);
  url.searchParams.set('payment_intent', id);
  url.searchParams.set('payment_intent_client_secret', clientSecret);
  url.searchParams.set('redirect_status', status === 'succeeded' ? 'succeeded' : 'failed');
  return url.href;
}

function wantsJson({ request }: Exchange): boolean {
  return [header(request, 'content-type'), header(request, 'accept')].some(isJson);
}

function isJson(contentType: string | undefined): boolean {
  return contentType?.startsWith('application/json') ?? false;
}
