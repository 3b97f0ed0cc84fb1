// Lets the bank of a test card decide its refunds by itself: `settleMs` after the last change or a restart.
import type { Account } from '../ledger/account.js';
import type { Refund, RefundOutcome } from './refund.js';

type Options = Readonly<{
  /** Undefined: only an operator decides. */
  settleMs: number | undefined;
  settle: (account: Account, refundId: string, outcome: RefundOutcome) => void;
}>;

export class RefundTimers {
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(private readonly options: Options) {}

  /** Call for each refund after each of its changes: a refund that is decided needs no timer. */
  watch(account: Account, { id, later }: Refund): void {
    const { settleMs, settle } = this.options;
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    if (later === undefined || settleMs === undefined) return;
    this.#timers.set(
      id,
      setTimeout(() => settle(account, id, later), settleMs),
    );
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }
}
