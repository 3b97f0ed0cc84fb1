// A service as a process. The only place that reads `process.env`.

import { createInterface } from 'node:readline';
import { ConfigError, type BaseConfig } from './config.js';
import { armFailPoint } from '../fail-points.js';
import { createLogger } from '../observability/logger.js';
import { runCommand, UsageError } from '../operator/commands.js';
import { startService, type Service, type ServiceContext } from './service.js';

const longestStopMs = 25_000;

/**
 * Runs the service until SIGTERM or SIGINT, then finishes what is in hand and exits with 0. With arguments it runs
 * that command instead (commands.ts): 0 when done, 1 when that failed, 2 when there is no such thing.
 */
export function run<C extends BaseConfig, X extends ServiceContext>(service: Service<C, X>): void {
  const words = process.argv.slice(2);
  if (words.length > 0) {
    void command(service, words);
    return;
  }
  const log = createLogger(service.name, process.env['LOG_LEVEL'] === 'silent' ? 'silent' : 'info');
  const end = (code: number) => process.exit(code);

  const die = (error: unknown, message: string) => {
    if (error instanceof ConfigError) log.fatal(error.message);
    else log.fatal({ err: error }, message);
    end(1);
  };
  process.on('uncaughtException', (error) => die(error, 'uncaught exception'));
  // A library's stray promise is an alarm but no reason to drop the requests in hand.
  process.on('unhandledRejection', (error) => log.error({ err: error, alarm: true }, 'unhandled rejection'));

  const start = async () => {
    armFailPoint(process.env);
    return startService(service, process.env, { fail: (error) => die(error, 'cannot go on') });
  };
  const started = start();
  started.catch((error: unknown) => die(error, 'cannot start'));

  const stop = () => {
    setTimeout(() => die(new Error('work in hand did not end'), 'stopped by force'), longestStopMs).unref();
    started
      .then(({ stop: finish }) => finish())
      .then(
        () => end(0),
        (error: unknown) => die(error, 'stopped badly'),
      );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

async function command<C extends BaseConfig, X extends ServiceContext>(
  service: Service<C, X>,
  words: readonly string[],
): Promise<void> {
  const fail = (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(error instanceof UsageError ? 2 : 1);
  };
  const print = (line: string) =>
    new Promise<void>((resolve, reject) => {
      process.stdout.write(`${line}\n`, (error) => (error ? reject(error) : resolve()));
    });
  await runCommand(service, words, process.env, print, { fail, input: linesGiven() }).then(
    () => process.exit(0),
    fail,
  );
}

// Opened only when somebody reads: a line that comes before that would be lost.
async function* linesGiven(): AsyncGenerator<string> {
  yield* createInterface({ input: process.stdin });
}
