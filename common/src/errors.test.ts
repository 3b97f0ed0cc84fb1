import { mongo } from 'mongoose';
import { DependencyDown, InvalidInput, isOutage, NotFound, Refusal } from './errors.js';

const named = (name: string) => Object.assign(new Error('x'), { name });
const coded = (code: string | number) => Object.assign(new Error('x'), { code });

describe('an outage, after which the same call may succeed,', () => {
  const outages: [what: string, error: Error][] = [
    ['our own DependencyDown', new DependencyDown('bus')],
    ['a refused connection', coded('ECONNREFUSED')],
    ['a connection that was reset', coded('ECONNRESET')],
    ['a name that cannot be resolved for the moment', coded('EAI_AGAIN')],
    ['a network error of MongoDB', new mongo.MongoNetworkError('x')],
    ['a silent socket to MongoDB', new mongo.MongoNetworkTimeoutError('x')],
    ['no primary in MongoDB', new mongo.MongoServerSelectionError('x', {} as never)],
    ['MongoDB not connected', new mongo.MongoNotConnectedError('x')],
    // The driver's own classes for its pool are not exported.
    ['a pool that MongoDB cleared', named('MongoPoolClearedError')],
    ['a call interrupted by a cleared pool', named('PoolClearedOnNetworkError')],
    ['a pool that is closed', named('MongoPoolClosedError')],
    ['no free connection to MongoDB', named('MongoWaitQueueTimeoutError')],
    ['a MongoDB call that timed out', new mongo.MongoOperationTimeoutError('x')],
    [
      'a write that no majority confirmed',
      new mongo.MongoWriteConcernError({ ok: 1, writeConcernError: { code: 64, errmsg: 'x' } } as never),
    ],
    [
      'an error that MongoDB labels as retryable',
      new mongo.MongoServerError({ message: 'x', errorLabels: ['RetryableWriteError'] }),
    ],
    ['a primary that stepped down', new mongo.MongoServerError({ message: 'x', code: 10_107 })],
    ['a full disk of MongoDB', new mongo.MongoServerError({ message: 'x', code: 14_031 })],
    ['a full quota of Atlas', new mongo.MongoServerError({ message: 'x', code: 8_000 })],
    ['a server that shuts down', new mongo.MongoServerError({ message: 'x', code: 11_600 })],
    [
      'mongoose before its first connection',
      new Error('Cannot call `x` before initial connection is complete'),
    ],
    ['Redis after its last retry', named('MaxRetriesPerRequestError')],
    ['Redis closing', new Error('Connection is closed.')],
    ['NATS without an answer', named('NoRespondersError')],
  ];
  test.each(outages)('is %s', (_what, error) => {
    expect(isOutage(error)).toBe(true);
  });

  const others: [what: string, thrown: unknown][] = [
    ['a refusal', new Refusal('ticket-sold')],
    ['invalid input', new InvalidInput([{ message: 'x' }])],
    ['a missing entity', new NotFound('order')],
    ['a defect', new TypeError('x is not a function')],
    ['a duplicate key', new mongo.MongoServerError({ message: 'E11000', code: 11_000 })],
    ['a query that MongoDB refuses', new mongo.MongoServerError({ message: 'x', code: 2 })],
    ['a missing file', coded('ENOENT')],
    ['a text', 'ECONNREFUSED'],
    ['an object with a code', { code: 'ECONNREFUSED' }],
    ['undefined', undefined],
  ];
  test.each(others)('is not %s', (_what, thrown) => {
    expect(isOutage(thrown)).toBe(false);
  });
});

describe('an error', () => {
  test('about input joins the messages of all problems for the log', () => {
    const title = { field: 'title', message: 'The title is missing.' };
    const error = new InvalidInput([title, { message: 'The request must be an object.' }]);
    expect(error).toMatchObject({
      code: 'invalid-input',
      message: 'The title is missing. The request must be an object.',
    });
  });

  test('of a dependency keeps its cause and the delay until a retry', () => {
    const cause = new Error('connection reset');
    expect(new DependencyDown('cards', { cause })).toMatchObject({ cause, retryAfterSeconds: 1 });
    expect(new DependencyDown('cards', { retryAfterSeconds: 7 }).retryAfterSeconds).toBe(7);
  });
});
