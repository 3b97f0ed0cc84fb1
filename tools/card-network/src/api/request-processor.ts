// Carries one call out: trouble asked for → idempotency key → rules → ledger → answer.
// Between the rules and the ledger nothing waits, so of two racing calls one decides on the other's state.
import { Refused, rateLimited, unknownFault } from './errors.js';
import type { Fault, Faults } from '../faults/faults.js';
import type { FormMap } from '../http/form.js';
import { newId } from '../ids.js';
import type { Account, Delivery, Entry, Idempotency, Ledger } from '../ledger/ledger.js';
import type { Done } from './handler.js';
import { finishConfirm } from '../payment-intents/create-intent.js';
import { UnexpectedState } from '../payment-intents/payment-intent.js';
import type { Route } from '../http/routes.js';
import { errorView, eventView } from './views.js';

export type Request = Readonly<{
  account: Account;
  route: Route;
  id: string;
  form: FormMap;
  requestId: string;
  idempotency: Idempotency | null;
}>;

export type Reply =
  | Readonly<{ kind: 'answer'; status: number; body: string; replayed: boolean }>
  /** The connection is cut without an answer. */
  | Readonly<{ kind: 'cut' }>
  /** Nothing is answered, ever. */
  | Readonly<{ kind: 'silence' }>;

type Options = Readonly<{
  ledger: Ledger;
  faults: Faults;
  latencyMs: number;
  slowMs: number;
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  /** The ids of the endpoints that want events of this type. */
  wantedBy: (account: Account, eventType: string) => readonly string[];
  onEvents: (deliveries: readonly Delivery[]) => void;
}>;

type Caller = Pick<Request, 'account' | 'requestId' | 'idempotency'>;

export class Calls {
  constructor(private readonly options: Options) {}

  async answer(request: Request): Promise<Reply> {
    const { account, idempotency, route } = request;
    const { faults, latencyMs, now, sleep } = this.options;
    const fault = route.operation && faults.take(account.id, route.operation);
    const wait = latencyMs + (fault?.latencyMs ?? 0);

    if (fault && fault.when === 'before' && fault.mode !== 'ok') {
      if (wait > 0) await sleep(wait);
      return troubled(fault.mode);
    }
    const stored = idempotency && account.idempotency.take(idempotency.key, idempotency.fingerprint, now());
    if (stored) {
      if (wait > 0) await sleep(wait);
      const { status, body } = this.options.ledger.storedAnswer(stored);
      return disturbed(answered(status, body, true), fault);
    }
    try {
      if (wait > 0) await sleep(wait);
      return await this.#carryOut(request, fault);
    } finally {
      if (idempotency) account.idempotency.release(idempotency.key);
    }
  }

  /** Confirms that were waiting for their slow bank when the process ended. */
  finishBegun(): number {
    let finished = 0;
    for (const account of this.options.ledger.accounts()) {
      for (const { intentId, ...caller } of account.begun.values()) {
        this.#commit({ account, ...caller }, finishConfirm(account, intentId, this.#seconds()));
        finished += 1;
      }
    }
    return finished;
  }

  async #carryOut(request: Request, fault: Fault | undefined): Promise<Reply> {
    const done = withFault(await this.#decide(request), fault);
    this.#commit(request, done);
    if (done.answering === 'lost') return { kind: 'cut' };
    return disturbed(answered(done.status, done.body, false), fault);
  }

  async #decide(request: Request): Promise<Done> {
    const { account, route, id, form } = request;
    try {
      const decided = route.run({ account, id, form, now: this.#seconds() });
      if (!('slow' in decided)) return decided;

      this.#begin(request, decided.slow.id, { intents: [decided.slow] });
      await this.options.sleep(this.options.slowMs);
      return finishConfirm(account, decided.slow.id, this.#seconds());
    } catch (thrown) {
      if (!(thrown instanceof Refused) || !thrown.begun) throw thrown;
      const intent = thrown instanceof UnexpectedState ? thrown.intent : undefined;
      return { status: thrown.status, body: errorView(thrown, intent) };
    }
  }

  #begin(
    { account, requestId, idempotency }: Caller,
    intentId: string,
    changes: Pick<Entry, 'intents'>,
  ): void {
    this.options.ledger.commit({
      at: this.options.now(),
      account: account.id,
      ...changes,
      begun: { intentId, requestId, idempotency },
    });
  }

  #commit(caller: Caller, done: Done): void {
    const { account, idempotency } = caller;
    if (!done.changes && !idempotency) return;
    const events = this.#events(caller, done);
    const deliveries = this.options.ledger.commit({
      at: this.options.now(),
      account: account.id,
      ...done.changes,
      ...(events.length > 0 ? { events } : {}),
      ...(idempotency ? { answer: { ...idempotency, status: done.status, body: done.body } } : {}),
    });
    if (deliveries.length > 0) this.options.onEvents(deliveries);
  }

  #events({ account, requestId, idempotency }: Caller, { events = [] }: Done) {
    return events.flatMap(({ type, object }) => {
      const to = this.options.wantedBy(account, type);
      if (to.length === 0) return [];
      const body = eventView({
        id: newId('evt'),
        type,
        created: this.#seconds(),
        object,
        requestId,
        idempotencyKey: idempotency?.key ?? null,
        destinations: to.length,
      });
      return [{ to, body }];
    });
  }

  #seconds(): number {
    return Math.floor(this.options.now() / 1000);
  }
}

/** A 500 after the effect is what the idempotency key remembers, as with Stripe. */
function withFault(done: Done, fault: Fault | undefined): Done {
  const answering = fault?.when === 'after' && fault.mode === 'errors' ? 'fault' : done.answering;
  if (answering !== 'fault') return done;
  return { ...done, answering, status: unknownFault.status, body: errorView(unknownFault) };
}

function disturbed(reply: Reply, fault: Fault | undefined): Reply {
  return fault === undefined || fault.mode === 'ok' ? reply : troubled(fault.mode);
}

function troubled(mode: Exclude<Fault['mode'], 'ok'>): Reply {
  switch (mode) {
    case 'down':
      return { kind: 'cut' };
    case 'blackhole':
      return { kind: 'silence' };
    case 'errors':
      return answered(unknownFault.status, errorView(unknownFault), false);
    case 'rate-limited':
      return answered(rateLimited.status, errorView(rateLimited), false);
  }
}

function answered(status: number, body: object, replayed: boolean): Reply {
  return { kind: 'answer', status, body: JSON.stringify(body), replayed };
}
