// The routes for operators and tests, outside Stripe's API: health, ledger, planted faults.
import { invalidParameter } from '../api/errors.js';
import type { Faults } from '../faults/faults.js';
import { summarizeLedger } from '../ledger/ledger-summary.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Authentication } from './authentication.js';
import { parseJson, readBody, unknownUrl } from './request.js';
import { sendJson, type Exchange } from './response.js';

type Options = Readonly<{ ledger: Ledger; faults: Faults; authentication: Authentication }>;

export async function handleOperatorRoute(
  { ledger, faults, authentication }: Options,
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
      const orderId = new URLSearchParams(query).get('orderId');
      return sendJson(exchange, 200, summarizeLedger(accounts, orderId));
    }
    case 'GET /control': {
      const { id } = authentication.accountOf(request);
      return sendJson(exchange, 200, { rules: faults.rules(id) });
    }
    case 'POST /control': {
      const { id } = authentication.accountOf(request);
      const set = faults.set(id, parseJson(await readBody(request)));
      if (!set.success) throw invalidFault(set.error.issues);
      return sendJson(exchange, 200, { rules: faults.rules(id) });
    }
    default:
      throw unknownUrl(method, path);
  }
}

function invalidFault(issues: ReadonlyArray<Readonly<{ path: readonly PropertyKey[]; message: string }>>) {
  const problems = issues.map(({ path, message }) => `${path.map(String).join('.') || 'fault'}: ${message}`);
  return invalidParameter('parameter_invalid', 'mode', `The fault is not valid. ${problems.join('; ')}`);
}
