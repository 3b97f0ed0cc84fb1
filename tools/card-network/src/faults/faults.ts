// Trouble on demand, for one account: what a test sets, its own calls meet, and nobody else's.
import { z } from 'zod';

export const operations = [
  'create',
  'confirm',
  'cancel',
  'retrieve',
  'list',
  'refund',
  'retrieve-refund',
  'list-refunds',
  'payment-method',
  'retrieve-payment-method',
] as const;

export type Operation = (typeof operations)[number];

const Wanted = z
  .strictObject({
    mode: z.enum(['ok', 'down', 'errors', 'rate-limited', 'blackhole']),
    latencyMs: z.number().int().min(0).max(600_000).default(0),
    calls: z.number().int().positive().optional(),
    match: z.enum(operations).optional(),
    when: z.enum(['before', 'after']).default('before'),
  })
  .refine(({ mode, when }) => !(mode === 'rate-limited' && when === 'after'), {
    message: 'a rate-limited call has no effect: when cannot be "after"',
  });

export type Fault = Readonly<{
  mode: z.infer<typeof Wanted>['mode'];
  when: 'before' | 'after';
  latencyMs: number;
}>;

type Rule = Fault & { match?: Operation | undefined; calls?: number | undefined };

export class Faults {
  readonly #rules = new Map<string, Map<Operation | 'any', Rule>>();

  /** One rule for each `match`, replaced by the next; a plain `ok` takes back all of them. */
  set(account: string, wanted: unknown): z.ZodSafeParseResult<z.infer<typeof Wanted>> {
    const parsed = Wanted.safeParse(wanted);
    if (!parsed.success) return parsed;
    const { mode, match, latencyMs } = parsed.data;
    const rules = this.#rules.get(account) ?? new Map<Operation | 'any', Rule>();
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

  /** What this call meets, counted. */
  take(account: string, operation: Operation): Fault | undefined {
    const rules = this.#rules.get(account);
    if (rules === undefined) return undefined;
    const name = rules.has(operation) ? operation : 'any';
    const rule = rules.get(name);
    if (rule?.calls === undefined) return rule;
    rule.calls -= 1;
    if (rule.calls === 0) rules.delete(name);
    return rule;
  }
}
