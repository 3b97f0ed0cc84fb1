import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { contextFields } from './spans.js';

export type { Logger };

/**
 * JSON lines on standard output, one event each, with the ids of the active request, message or job. Writes are synchronous,
 * so that the last line before a crash is not lost. Callers log no secrets or personal data; redaction is the second defence.
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
 * The class, message, code, stack and cause of an error, and no other field: errors of Stripe carry the request, errors of
 * MongoDB the written values.
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

/** Removes e-mail addresses, session tokens, card tokens, keys, and the credentials in URLs. */
export function withoutSecrets(text: string): string {
  return secrets.reduce((clean, [pattern, substitute]) => clean.replaceAll(pattern, substitute), text);
}
