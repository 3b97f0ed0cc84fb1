// Processes one request: planted fault → idempotency key → handler → ledger → reply.
// Handler and commit run without an await between them, so racing requests see each other's effects.
import type { Fault, Faults } from '../faults/faults.js';
import { newId } from '../ids.js';
import type { Account } from '../ledger/account.js';
import type { Idempotency } from '../ledger/entry.js';
import type { Delivery, Ledger } from '../ledger/ledger.js';
import { finishConfirm } from '../payment-intents/confirm-intent.js';
import { intentView } from '../payment-intents/intent-view.js';
import { UnexpectedState, type Intent } from '../payment-intents/payment-intent.js';
import type { Refund } from '../refunds/refund.js';
import { eventView } from '../webhooks/event-view.js';
import { ApiError, errorView, internalError } from './errors.js';
import type { FormMap } from './form.js';
import type { HandlerResult, Route } from './handler.js';
import { faultReply, responseReply, withFault, type Reply } from './reply.js';

export type ApiRequest = Readonly<{
  account: Account;
  route: Route;
  id: string;
  form: FormMap;
  requestId: string;
  idempotency: Idempotency | null;
  origin: string;
}>;

type Options = Readonly<{
  ledger: Ledger;
  faults: Faults;
  latencyMs: number;
  slowMs: number;
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  /** The `api_version` of events. */
  apiVersion: string;
  /** The ids of the endpoints that subscribe to this type of event. */
  subscribersOf: (account: Account, eventType: string) => readonly string[];
  onDeliveries: (deliveries: readonly Delivery[]) => void;
  onRefund: (account: Account, refund: Refund) => void;
}>;

/** The part of a request that outlives a restart. */
type Origin = Pick<ApiRequest, 'account' | 'idempotency'> & Readonly<{ requestId: string | null }>;

export class RequestProcessor {
  constructor(private readonly options: Options) {}

  async process(request: ApiRequest): Promise<Reply> {
    const { account, idempotency, route } = request;
    const { faults, ledger, now } = this.options;
    const fault = route.operation && faults.take(account.id, route.operation);

    if (fault && fault.when === 'before' && fault.mode !== 'ok') {
      await this.#delay(fault);
      return faultReply(fault.mode);
    }
    const stored =
      idempotency && account.idempotencyKeys.claim(idempotency.key, idempotency.fingerprint, now());
    if (stored) {
      await this.#delay(fault);
      const { status, body } = ledger.storedResponse(stored);
      return withFault(responseReply(status, body, true), fault);
    }
    try {
      await this.#delay(fault);
      return await this.#answer(request, fault);
    } finally {
      if (idempotency) account.idempotencyKeys.release(idempotency.key);
    }
  }

  /** Executes what no API request asked for: the decision of a buyer, of a bank or of an operator. */
  execute(account: Account, decide: (now: number) => HandlerResult): HandlerResult {
    const result = decide(this.#seconds());
    this.#commit({ account, requestId: null, idempotency: null }, result);
    return result;
  }

  /** Completes the slow confirms that a restart interrupted, and returns their number. */
  finishPendingConfirms(): number {
    let finished = 0;
    for (const account of this.options.ledger.accounts()) {
      for (const { intentId, ...origin } of account.pendingConfirms.values()) {
        this.#commit({ account, ...origin }, finishConfirm(account, intentId, this.#seconds()));
        finished += 1;
      }
    }
    return finished;
  }

  async #answer(request: ApiRequest, fault: Fault | undefined): Promise<Reply> {
    const result = withErrorAfterEffect(await this.#handle(request), fault);
    this.#commit(request, result);
    if (result.responseFault === 'lost') return { kind: 'disconnect' };
    return withFault(responseReply(result.status, result.body, false), fault);
  }

  async #handle(request: ApiRequest): Promise<HandlerResult> {
    const { account, route, id, form, origin } = request;
    try {
      const result = route.handler({ account, id, form, origin, now: this.#seconds() });
      if (!('slow' in result)) return result;

      this.#commitPending(request, result.slow);
      await this.options.sleep(this.options.slowMs);
      return finishConfirm(account, result.slow.id, this.#seconds());
    } catch (thrown) {
      if (thrown instanceof ApiError && thrown.replayable) return errorResult(thrown);
      throw thrown;
    }
  }

  #commitPending({ account, requestId, idempotency }: ApiRequest, intent: Intent): void {
    this.options.ledger.commit({
      at: this.options.now(),
      account: account.id,
      intents: [intent],
      begun: { intentId: intent.id, requestId, idempotency },
    });
  }

  #commit(origin: Origin, result: HandlerResult): void {
    const { account, idempotency } = origin;
    if (!result.changes && !idempotency) return;
    const events = this.#subscribedEvents(origin, result);
    const deliveries = this.options.ledger.commit({
      at: this.options.now(),
      account: account.id,
      ...result.changes,
      ...(events.length > 0 ? { events } : {}),
      ...(idempotency ? { answer: { ...idempotency, status: result.status, body: result.body } } : {}),
    });
    if (deliveries.length > 0) this.options.onDeliveries(deliveries);
    for (const refund of result.changes?.refunds ?? []) this.options.onRefund(account, refund);
  }

  #subscribedEvents({ account, requestId, idempotency }: Origin, { events = [] }: HandlerResult) {
    return events.flatMap(({ type, object, previous }) => {
      const to = this.options.subscribersOf(account, type);
      if (to.length === 0) return [];
      const body = eventView({
        id: newId('evt'),
        type,
        created: this.#seconds(),
        object,
        previous,
        apiVersion: this.options.apiVersion,
        requestId,
        idempotencyKey: idempotency?.key ?? null,
        endpoints: to.length,
      });
      return [{ to, body }];
    });
  }

  async #delay(fault: Fault | undefined): Promise<void> {
    const ms = this.options.latencyMs + (fault?.latencyMs ?? 0);
    if (ms > 0) await this.options.sleep(ms);
  }

  #seconds(): number {
    return Math.floor(this.options.now() / 1000);
  }
}

function errorResult(error: ApiError): HandlerResult {
  if (!(error instanceof UnexpectedState)) return { status: error.status, body: errorView(error) };
  return {
    status: error.status,
    body: { error: { ...error.body, payment_intent: intentView(error.intent) } },
  };
}

/** Like Stripe, the network stores a 500 after the effect under the idempotency key. */
function withErrorAfterEffect(result: HandlerResult, fault: Fault | undefined): HandlerResult {
  const planted = fault?.when === 'after' && fault.mode === 'errors';
  if (!planted && result.responseFault !== 'error') return result;
  return {
    ...result,
    responseFault: 'error',
    status: internalError.status,
    body: errorView(internalError),
  };
}
