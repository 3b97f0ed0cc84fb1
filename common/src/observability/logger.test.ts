import { createLogger, withoutSecrets } from './logger.js';
import { runInContext } from './spans.js';

function linesOf(write: (log: ReturnType<typeof createLogger>) => unknown): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  write(createLogger('test', 'trace', { write: (line) => lines.push(JSON.parse(line)) }));
  return lines;
}

describe('a log line', () => {
  test('carries the ids of its own request only, however deep in the work it is written', async () => {
    const lines: Record<string, unknown>[] = [];
    const log = createLogger('test', 'trace', { write: (line) => lines.push(JSON.parse(line)) });
    const deep = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      log.info('deep');
    };
    const first = { requestId: '7', traceId: 'f' };
    await Promise.all([runInContext(first, deep), runInContext({ requestId: '8' }, deep)]);
    log.info('outside');
    expect(lines.map(({ requestId, traceId }) => [requestId, traceId])).toEqual([
      ['7', 'f'],
      ['8', undefined],
      [undefined, undefined],
    ]);
  });

  test('contains the class, message, code and stack of an error and its causes, and no other field', () => {
    const stripe = Object.assign(new Error('refused'), {
      code: 'card_declined',
      raw: { payment_method: 'pm_card_visa', headers: { authorization: 'Bearer sk_live_1' } },
    });
    const [line] = linesOf((log) => log.error({ err: new Error('not settled', { cause: stripe }) }, 'x'));
    expect(line?.['err']).toEqual({
      type: 'Error',
      message: 'not settled',
      stack: expect.any(String),
      cause: { type: 'Error', message: 'refused', code: 'card_declined', stack: expect.any(String) },
    });
  });

  test('redacts fields with the name of a secret', () => {
    const [line] = linesOf((log) => log.info({ email: 'a@b.co', user: { password: 'x', token: 'y' } }, 'x'));
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
