// Runs the card network as a process: node tools/card-network/dist/main.js
import { z } from 'zod';
import { openCardNetwork, type CardNetwork } from './card-network.js';
import { nodeErrorCode } from './node-error.js';

const integer = (error: string, max = Number.MAX_SAFE_INTEGER) =>
  z.coerce.number({ error }).int({ error }).min(0, { error }).max(max, { error });
const milliseconds = (name: string) => integer(`Set ${name} to milliseconds, for example 500.`);

const Config = z.object({
  PORT: integer('Set PORT to a number from 0 to 65535, for example 8086.', 65_535).default(8086),
  HOST: z.string().default('127.0.0.1'),
  CARDS_DATA: z.string({ error: 'Set CARDS_DATA to the folder of the ledger.' }),
  CARDS_WEBHOOK_URL: z.url({ error: 'Set CARDS_WEBHOOK_URL to a URL, or leave it out.' }).optional(),
  CARDS_WEBHOOK_SECRET: z.string().optional(),
  CARDS_WEBHOOK_EVENTS: z
    .string()
    .transform((types) => types.split(','))
    .optional(),
  CARDS_SLOW_MS: milliseconds('CARDS_SLOW_MS').default(4000),
  CARDS_LATENCY_MS: milliseconds('CARDS_LATENCY_MS').default(0),
  CARDS_REFUND_SETTLE_MS: milliseconds('CARDS_REFUND_SETTLE_MS').optional(),
  CARDS_API_VERSION: z.string().optional(),
});

async function main(): Promise<void> {
  const parsed = Config.safeParse(withoutEmpty(process.env));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ message }) => message);
    return fail(`The card network cannot start:\n${problems.join('\n')}`);
  }
  const config = parsed.data;
  const network = await openCardNetwork({
    port: config.PORT,
    host: config.HOST,
    dataDir: config.CARDS_DATA,
    slowMs: config.CARDS_SLOW_MS,
    latencyMs: config.CARDS_LATENCY_MS,
    ...(config.CARDS_REFUND_SETTLE_MS === undefined ? {} : { refundSettleMs: config.CARDS_REFUND_SETTLE_MS }),
    ...(config.CARDS_API_VERSION === undefined ? {} : { apiVersion: config.CARDS_API_VERSION }),
    ...(config.CARDS_WEBHOOK_URL === undefined ? {} : { webhookUrl: config.CARDS_WEBHOOK_URL }),
    ...(config.CARDS_WEBHOOK_SECRET === undefined ? {} : { webhookSecret: config.CARDS_WEBHOOK_SECRET }),
    ...(config.CARDS_WEBHOOK_EVENTS === undefined ? {} : { webhookEvents: config.CARDS_WEBHOOK_EVENTS }),
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void stop(network));
  }
}

async function stop(network: CardNetwork): Promise<void> {
  await network.close();
  process.exit(0);
}

/** An empty variable counts as unset. */
function withoutEmpty(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

main().catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error);
  if (nodeErrorCode(error) === 'EADDRINUSE') {
    return fail(
      `The card network cannot start: ${reason}. Choose another PORT or stop the process that uses it.`,
    );
  }
  fail(`The card network cannot start: ${reason}`);
});
