// Runs a service as a process. Only this file reads `process.env`.

import { createInterface } from 'node:readline';
import { armFailPoint } from '../fail-points.js';
import { createLogger } from '../observability/logger.js';
import { UsageError } from '../operator/command.js';
import { runCommand } from '../operator/commands.js';
import { ConfigError } from './config.js';
import type { Service } from './service.js';
import { startService } from './start.js';

const longestStopMs = 25_000;

/**
 * Runs the service until SIGTERM or SIGINT, finishes what is in flight, and exits with 0. With arguments it runs that
 * command instead (operator/commands.ts) and exits with 0 on success, 1 on failure, 2 for a mistake in usage.
 */
export function run<X>(service: Service<X>): void {
  const words = process.argv.slice(2);
  if (words.length > 0) void runOnce(service, words);
  else serve(service);
}

function serve<X>(service: Service<X>): void {
  const log = createLogger(service.name, process.env['LOG_LEVEL'] === 'silent' ? 'silent' : 'info');
  const die = (error: unknown, message: string) => {
    if (error instanceof ConfigError) log.fatal(error.message);
    else log.fatal({ err: error }, message);
    process.exit(1);
  };
  process.on('uncaughtException', (error) => die(error, 'uncaught exception'));
  // A stray promise of a library raises an alarm but must not drop the requests in flight.
  process.on('unhandledRejection', (error) => log.error({ err: error, alarm: true }, 'unhandled rejection'));

  const start = async () => {
    armFailPoint(process.env);
    return startService(service, process.env, {
      fail: (error) => die(error, 'the service cannot continue'),
    });
  };
  const started = start();
  started.catch((error: unknown) => die(error, 'the service cannot start'));

  const stop = () => {
    const timeout = () => die(new Error('requests or messages are still in flight'), 'stopped by force');
    setTimeout(timeout, longestStopMs).unref();
    started
      .then((running) => running.stop())
      .then(
        () => process.exit(0),
        (error: unknown) => die(error, 'stopping failed'),
      );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

async function runOnce<X>(service: Service<X>, words: readonly string[]): Promise<void> {
  const fail = (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(error instanceof UsageError ? 2 : 1);
  };
  const print = (line: string) =>
    new Promise<void>((resolve, reject) => {
      process.stdout.write(`${line}\n`, (error) => (error ? reject(error) : resolve()));
    });
  await runCommand(service, words, process.env, print, { fail, input: standardInput() }).then(
    () => process.exit(0),
    fail,
  );
}

// Opened on the first read: readline drops lines that arrive before.
async function* standardInput(): AsyncGenerator<string> {
  yield* createInterface({ input: process.stdin });
}
