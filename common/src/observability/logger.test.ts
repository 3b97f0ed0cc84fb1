import { createLogger, withoutSecrets } from './logger.js';
import { runInContext } from './request-context.js';
import { silentTracer } from './tracer.js';

function logged(write: (log: ReturnType<typeof createLogger>) => unknown): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  write(createLogger('test', 'trace', { write: (line) => lines.push(JSON.parse(line)) }));
  return lines;
}

describe('a log line', () => {
  const journey = { tracer: silentTracer, traceparent: '', fields: { requestId: '7', traceId: 'f' } };

  test('carries the ids of the request that it belongs to, however deep it was written, and of no other', async () => {
    const lines: Record<string, unknown>[] = [];
    const log = createLogger('test', 'trace', { write: (line) => lines.push(JSON.parse(line)) });
    const deep = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      log.info('deep');
    };
    const other = { ...journey, fields: { requestId: '8' } };
    await Promise.all([runInContext(journey, deep), runInContext(other, deep)]);
    log.info('outside');
    expect(lines.map(({ requestId, traceId }) => [requestId, traceId])).toEqual([
      ['7', 'f'],
      ['8', undefined],
      [undefined, undefined],
    ]);
  });

  test('tells of an error and its causes only what helps to find them', () => {
    const stripe = Object.assign(new Error('refused'), {
      code: 'card_declined',
      raw: { payment_method: 'pm_card_visa', headers: { authorization: 'Bearer sk_live_1' } },
    });
    const [line] = logged((log) => log.error({ err: new Error('not settled', { cause: stripe }) }, 'x'));
    expect(line?.['err']).toEqual({
      type: 'Error',
      message: 'not settled',
      stack: expect.any(String),
      cause: { type: 'Error', message: 'refused', code: 'card_declined', stack: expect.any(String) },
    });
  });

  test('hides what is named after a secret', () => {
    const [line] = logged((log) => log.info({ email: 'a@b.co', user: { password: 'x', token: 'y' } }, 'x'));
    expect(line).toMatchObject({
      email: '[redacted]',
      user: { password: '[redacted]', token: '[redacted]' },
    });
  });
});

test.each([
  ['E11000 dup key: { email: "ann@example.com" }', 'E11000 dup key: { email: "[e-mail]" }'],
  ['jwt eyJhbGciOi.eyJzdWIi.x-_y expired', 'jwt [token] expired'],
  ['No such token: tok_visa; pm_card_visa', 'No such token: tok_[redacted]; pm_[redacted]'],
  ['key sk_live_abc and whsec_abc', 'key sk_[redacted] and whsec_[redacted]'],
  ['connect mongodb://ann:pass@mongo:27017/x', 'connect mongodb://mongo:27017/x'],
  ['ticket 6b07387035cab46aaadabd71 not found', 'ticket 6b07387035cab46aaadabd71 not found'],
])('the text %j is logged as %j', (text, clean) => {
  expect(withoutSecrets(text)).toBe(clean);
});
