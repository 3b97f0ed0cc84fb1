// A service as a process. The only place that reads `process.env`.

import { ConfigError, type BaseConfig } from './config.js';
import { createLogger } from './logger.js';
import { startService, type Service, type ServiceContext } from './service.js';

const longestStopMs = 25_000;

/** Runs the service until SIGTERM or SIGINT, then finishes what is in hand and exits with 0. */
export function run<C extends BaseConfig, X extends ServiceContext>(service: Service<C, X>): void {
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

  const started = startService(service, process.env, { fail: (error) => die(error, 'cannot go on') });
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
