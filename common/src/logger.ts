import { pino, type Logger } from 'pino';

export type { Logger };

/**
 * JSON lines on standard output, one event each. Synchronous, so that the last line before a crash is there.
 * Secrets and personal data are not logged in the first place; the redaction is the second fence.
 */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: ['email', 'password', 'token', '*.email', '*.password', '*.token'],
      censor: '[redacted]',
    },
  });
}
