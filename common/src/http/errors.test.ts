import { pino } from 'pino';
import { DependencyDown, InvalidInput, NotFound, Refusal } from '../errors.js';
import { answerFor, commonRefusals } from './errors.js';

const table = { ...commonRefusals, 'ticket-sold': { status: 409, message: 'It is sold.' } };

/** The answer to the client, and the log lines. */
function answerTo(thrown: unknown) {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ base: null, timestamp: false }, { write: (line) => lines.push(JSON.parse(line)) });
  return { ...answerFor(thrown, table, log), lines };
}

const http = (status: number, error: Error = new Error('details')) => Object.assign(error, { status });

describe('a thrown error is answered:', () => {
  const answers: [what: string, thrown: unknown, status: number, code: string][] = [
    ['a refusal', new Refusal('ticket-sold'), 409, 'ticket-sold'],
    ['a missing session', new Refusal('not-signed-in'), 401, 'not-signed-in'],
    ['another origin', new Refusal('cross-origin'), 403, 'cross-origin'],
    ['a missing entity', new NotFound('order'), 404, 'not-found'],
    ['invalid input', new InvalidInput([{ message: 'x' }]), 400, 'invalid-input'],
    [
      'invalid input with its own code',
      new InvalidInput([{ message: 'x' }], 'invalid-token'),
      400,
      'invalid-token',
    ],
    ['a dependency that is down', new DependencyDown('bus'), 503, 'unavailable'],
    ['a body that is too large', http(413), 413, 'body-too-large'],
    ['a body in another encoding', http(415), 415, 'unsupported-media-type'],
    ['a body that is not JSON', http(400), 400, 'invalid-json'],
    ['a path that cannot be decoded', http(400, new URIError('details')), 404, 'not-found'],
    ['a defect', new TypeError('details'), 500, 'internal-error'],
    ['a library error with status 500', http(500), 500, 'internal-error'],
    ['a refusal without a status', new Refusal('details'), 500, 'internal-error'],
    ['a text', 'details', 500, 'internal-error'],
    ['undefined', undefined, 500, 'internal-error'],
  ];
  for (const [what, thrown, status, code] of answers)
    test(`${what} with ${status} ${code} and no details`, () => {
      const answer = answerTo(thrown);
      expect(answer).toMatchObject({ status, body: { errors: [{ code, message: expect.any(String) }] } });
      expect(JSON.stringify(answer.body)).not.toContain('details');
    });

  test('invalid input with one entry per field', () => {
    const thrown = new InvalidInput([{ field: 'title', message: 'too long' }, { message: 'not so' }]);
    expect(answerTo(thrown).body).toEqual({
      errors: [
        { code: 'invalid-input', field: 'title', message: 'too long' },
        { code: 'invalid-input', message: 'not so' },
      ],
    });
  });

  test('a refusal with the further fields of its decision', () => {
    const thrown = new Refusal('ticket-sold', { details: { version: 4, price: '25.00' } });
    expect(answerTo(thrown).body).toEqual({
      errors: [{ code: 'ticket-sold', message: 'It is sold.', version: 4, price: '25.00' }],
    });
  });

  test('an outage with Retry-After', () => {
    expect(answerTo(new DependencyDown('cards', { retryAfterSeconds: 7 })).headers).toEqual({
      'Retry-After': '7',
    });
    expect(answerTo(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })).headers).toEqual({
      'Retry-After': '1',
    });
    expect(answerTo(new Refusal('ticket-sold', { retryAfterSeconds: 9 })).headers).toEqual({
      'Retry-After': '9',
    });
  });
});

describe('an operator', () => {
  test('gets an alarm with the details of a defect', () => {
    expect(answerTo(new TypeError('details')).lines).toEqual([
      expect.objectContaining({
        level: 50,
        alarm: true,
        err: expect.objectContaining({ message: 'details' }),
      }),
    ]);
  });

  test('gets a warning that names the dependency of an outage', () => {
    expect(answerTo(new DependencyDown('bus')).lines).toEqual([
      expect.objectContaining({ level: 40, err: expect.objectContaining({ dependency: 'bus' }) }),
    ]);
  });

  test('gets no log line for refusals', () => {
    const mistakes = [new Refusal('ticket-sold'), new NotFound('x'), new InvalidInput([]), http(413)];
    expect(mistakes.flatMap((thrown) => answerTo(thrown).lines)).toEqual([]);
  });
});
