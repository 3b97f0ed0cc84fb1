// The routes for operators and tests, outside Stripe's API: health, ledger, planted faults, and what banks
// and card holders decide.
import { z } from 'zod';
import { invalidParameter } from '../api/errors.js';
import type { HandlerResult } from '../api/handler.js';
import type { RequestProcessor } from '../api/request-processor.js';
import { closedResult, openedResult } from '../disputes/dispute-handlers.js';
import type { Faults } from '../faults/faults.js';
import type { Account } from '../ledger/account.js';
import { summarizeLedger } from '../ledger/ledger-summary.js';
import type { Ledger } from '../ledger/ledger.js';
import { findRefund, settledResult } from '../refunds/refund-handlers.js';
import type { Authentication } from './authentication.js';
import { parseJson, readBody, unknownUrl } from './request.js';
import { sendJson, type Exchange } from './response.js';

type Options = Readonly<{
  ledger: Ledger;
  processor: RequestProcessor;
  faults: Faults;
  authentication: Authentication;
}>;

export async function handleOperatorRoute(
  { ledger, processor, faults, authentication }: Options,
  exchange: Exchange,
  { method, path, query }: Readonly<{ method: string; path: string; query: string }>,
): Promise<void> {
  const { request } = exchange;
  switch (`${method} ${path}`) {
    case 'GET /healthz':
      return sendJson(exchange, 200, { status: 'ok' });
    case 'GET /ledger': {
      const accounts = request.headers.authorization
        ? [authentication.accountOf(request)]
        : ledger.accounts();
      return sendJson(exchange, 200, summarizeLedger(accounts, new URLSearchParams(query)));
    }
    case 'GET /control': {
      const { id } = authentication.accountOf(request);
      return sendJson(exchange, 200, { rules: faults.rules(id) });
    }
    case 'POST /control': {
      const { id } = authentication.accountOf(request);
      const set = faults.set(id, parseJson(await readBody(request)));
      if (!set.success) throw invalidBody(set.error.issues);
      return sendJson(exchange, 200, { rules: faults.rules(id) });
    }
  }

  const [, resource, id = '', action] = path.split('/');
  const decide = decisions[`${method} ${resource}${id ? '/:id' : ''}${action ? `/${action}` : ''}`];
  if (decide === undefined) throw unknownUrl(method, path);
  const account = authentication.accountOf(request);
  const text = await readBody(request);
  const body = text === '' ? {} : parseJson(text);

  const result = processor.execute(account, (now) => decide({ account, id, now, body }));

  sendJson(exchange, result.status, result.body);
}

const DisputeRequest = z.strictObject({
  payment_intent: z.string(),
  amount: z.int().positive().optional(),
  reason: z.string().default('fraudulent'),
  inquiry: z.boolean().default(false),
});
const DisputeOutcome = z.strictObject({ outcome: z.enum(['won', 'lost']) });
const RefundDecision = z.strictObject({ outcome: z.enum(['succeeded', 'failed']).optional() });

type DecisionInput = Readonly<{ account: Account; id: string; now: number; body: unknown }>;

const decisions: Readonly<Record<string, (input: DecisionInput) => HandlerResult>> = {
  'POST disputes': ({ account, now, body }) => openedResult(account, now, parse(DisputeRequest, body)),
  'POST disputes/:id/close': ({ account, id, body }) =>
    closedResult(account, id, parse(DisputeOutcome, body).outcome),
  'POST refunds/:id/settle': ({ account, id, body }) => {
    const outcome = parse(RefundDecision, body).outcome ?? findRefund(account, id).later;
    if (outcome === undefined) {
      throw invalidParameter('parameter_missing', 'outcome', 'The outcome is required: succeeded or failed.');
    }
    return settledResult(account, id, outcome);
  },
};

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw invalidBody(parsed.error.issues);
}

function invalidBody(issues: ReadonlyArray<Readonly<{ path: readonly PropertyKey[]; message: string }>>) {
  const problems = issues.map(({ path, message }) => `${path.map(String).join('.') || 'body'}: ${message}`);
  return invalidParameter('parameter_invalid', 'body', `The body is not valid. ${problems.join('; ')}`);
}
