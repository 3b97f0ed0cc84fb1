// Planted faults: the next requests of one account fail in a chosen way. Other accounts are unaffected.
import { z } from 'zod';

export const operations = [
  'create',
  'confirm',
  'cancel',
  'retrieve',
  'public-retrieve',
  'list',
  'refund',
  'retrieve-refund',
  'update-refund',
  'list-refunds',
  'retrieve-dispute',
  'list-disputes',
  'close-dispute',
  'payment-method',
  'retrieve-payment-method',
] as const;

export type Operation = (typeof operations)[number];

const FaultRequest = z
  .strictObject({
    mode: z.enum(['ok', 'down', 'errors', 'rate-limited', 'blackhole']),
    latencyMs: z.number().int().min(0).max(600_000).default(0),
    /** The number of requests that the fault affects; without it, all of them. */
    calls: z.number().int().positive().optional(),
    match: z.enum(operations).optional(),
    /** Whether the fault strikes before or after the effect of the request. */
    when: z.enum(['before', 'after']).default('before'),
  })
  .refine(({ mode, when }) => !(mode === 'rate-limited' && when === 'after'), {
    message: 'A rate-limited request has no effect, so "when" cannot be "after".',
  });

export type Fault = Readonly<{
  mode: z.infer<typeof FaultRequest>['mode'];
  when: 'before' | 'after';
  latencyMs: number;
}>;

type Rule = Fault & { match?: Operation | undefined; calls?: number | undefined };
type Rules = Map<Operation | 'any', Rule>;

export class Faults {
  readonly #rules = new Map<string, Rules>();

  /** Replaces the rule with the same `match`. Mode `ok` without latency removes it, or all without `match`. */
  set(account: string, request: unknown): z.ZodSafeParseResult<z.infer<typeof FaultRequest>> {
    const parsed = FaultRequest.safeParse(request);
    if (!parsed.success) return parsed;
    const { mode, match, latencyMs } = parsed.data;
    const rules: Rules = this.#rules.get(account) ?? new Map();
    if (mode === 'ok' && latencyMs === 0) {
      if (match === undefined) rules.clear();
      else rules.delete(match);
    } else {
      rules.set(match ?? 'any', parsed.data);
    }
    if (rules.size > 0) this.#rules.set(account, rules);
    else this.#rules.delete(account);
    return parsed;
  }

  rules(account: string): readonly Rule[] {
    return [...(this.#rules.get(account)?.values() ?? [])];
  }

  /** The fault for this request, if any; counts it against the rule's `calls`. */
  take(account: string, operation: Operation): Fault | undefined {
    const rules = this.#rules.get(account);
    if (rules === undefined) return undefined;
    const match = rules.has(operation) ? operation : 'any';
    const rule = rules.get(match);
    if (rule?.calls === undefined) return rule;
    rule.calls -= 1;
    if (rule.calls === 0) rules.delete(match);
    return rule;
  }
}
