import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { contextFields } from './request-context.js';

export type { Logger };

/**
 * JSON lines on standard output, one event each, with the ids of the request or message that they belong to. Synchronous, so
 * that the last line before a crash is there. Secrets and personal data are not logged in the first place; what is done here is
 * the second fence.
 */
export function createLogger(service: string, level: string, to?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: { service },
    mixin: () => ({ ...contextFields() }),
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: errorInLog },
    redact: {
      paths: ['email', 'password', 'token', '*.email', '*.password', '*.token'],
      censor: '[redacted]',
    },
  };
  return to ? pino(options, to) : pino(options);
}

type ErrorInLog = Readonly<{
  type: string;
  message: string;
  stack?: string;
  code?: string | number;
  cause?: ErrorInLog;
}>;

/**
 * An error and its causes by what helps to find it: class, message, code and stack. Nothing else of it: errors of Stripe carry
 * the request, those of MongoDB the values that were written.
 */
export function errorInLog(error: unknown, depth = 0): ErrorInLog {
  if (!(error instanceof Error)) return { type: typeof error, message: withoutSecrets(String(error)) };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: withoutSecrets(error.message),
    ...(error.stack !== undefined && { stack: withoutSecrets(error.stack) }),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(error.cause !== undefined && depth < 5 && { cause: errorInLog(error.cause, depth + 1) }),
  };
}

const secrets: readonly (readonly [RegExp, string])[] = [
  [/[^\s"'<>@:/]+@[\w-]+(\.[\w-]+)+/g, '[e-mail]'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[token]'],
  [/\b(tok|pm|sk|rk|whsec)_\w+/g, '$1_[redacted]'],
  [/\/\/[^@/\s]*@/g, '//'],
];

/** A text without addresses, session tokens, cards, keys, and the credentials in URLs. */
export function withoutSecrets(text: string): string {
  return secrets.reduce((clean, [pattern, instead]) => clean.replaceAll(pattern, instead), text);
}
