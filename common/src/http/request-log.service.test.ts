// The log line of a request, which contains no address, password or session.

import supertest from 'supertest';
import { z } from 'zod';
import { BaseConfig, DatabaseConfig, readConfig } from '../service/config.js';
import { newId } from '../id.js';
import { createLogger } from '../observability/logger.js';
import { createMetrics } from '../observability/metrics.js';
import { openDatabase } from '../documents/database.js';
import { idempotencyKeysIn } from '../documents/idempotency-keys.js';
import { aUser, driver, eventually, testEnv } from '../testing/index.js';
import { ok } from './answers.js';
import { createApp } from './app.js';
import { post, anyone, handle, required } from './route.js';
import { Refusal } from '../errors.js';

const lines: Record<string, unknown>[] = [];
const answers = { 200: z.unknown() };
const declared = { name: 'thing', summary: 'A thing.', answers };
const log = createLogger('things', 'info', { write: (line) => void lines.push(JSON.parse(line)) });
const config = {
  ...readConfig(BaseConfig.extend(DatabaseConfig.shape), testEnv()),
  COOKIE_SECURE: 'auto' as const,
};
const fail = (error: Error) => {
  throw error;
};
const database = openDatabase({ name: 'things', config, log, fail, driver });
const app = createApp({
  routes: [
    post(
      '/mine',
      handle({ ...declared, user: required }, async () => ok({})),
    ),
    post(
      '/theirs',
      handle({ ...declared, user: required, refusals: ['not-yours'] }, async () => {
        throw new Refusal('not-yours');
      }),
    ),
    post(
      '/once',
      handle({ ...declared, user: required, refusals: ['not-yours'], idempotent: true }, async () => {
        throw new Refusal('not-yours');
      }),
    ),
    post(
      '/signin',
      handle({ ...declared, user: anyone, refusals: ['wrong'] }, async () => {
        throw new Refusal('wrong');
      }),
    ),
  ],
  refusals: {
    'not-yours': { status: 403, message: 'It belongs to another user.' },
    wrong: { status: 401, message: 'Wrong.' },
  },
  config,
  idempotencyKeys: idempotencyKeysIn(database, { config, now: () => new Date() }),
  log,
  metrics: createMetrics(),
  now: () => new Date(),
  isRevoked: () => false,
  readiness: async () => ({ ready: true, checks: {} }),
});

beforeAll(() => eventually(() => expect(database.problem()).toBeUndefined()));
afterAll(() => database.close());

async function lineOf(path: string, headers: Record<string, string> = {}) {
  const requestId = newId();
  await supertest(app)
    .post(path)
    .set({ ...headers, 'X-Request-Id': requestId });
  return eventually(() => {
    const found = lines.find((line) => line['requestId'] === requestId);
    if (!found) throw new Error('no line yet');
    return found;
  });
}

describe('the log line of a request', () => {
  const ann = aUser();

  test('shows time, route, user and status', async () => {
    expect(await lineOf('/mine', { Cookie: ann.cookie })).toMatchObject({
      time: expect.stringMatching(/Z$/),
      service: 'things',
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      by: `user:${ann.id}`,
      method: 'POST',
      route: '/mine',
      status: 200,
    });
  });

  test('shows the code of a refusal', async () => {
    const refused = { status: 403, code: 'not-yours', by: `user:${ann.id}` };
    expect(await lineOf('/theirs', { Cookie: ann.cookie })).toMatchObject(refused);
    expect(await lineOf('/mine')).toMatchObject({ status: 401, code: 'not-signed-in' });
    expect(await lineOf('/mine', { Origin: 'https://evil.example' })).toMatchObject({ code: 'cross-origin' });
    expect(await lineOf('/signin')).toMatchObject({ status: 401, code: 'wrong' });
  });

  test('with an idempotency key is the same for a repeat', async () => {
    const keyed = { Cookie: ann.cookie, 'Idempotency-Key': `"${newId()}"` };
    for (let times = 0; times < 2; times += 1)
      expect(await lineOf('/once', keyed)).toMatchObject({ status: 403, code: 'not-yours' });
  });

  test('contains nothing of the request’s content', async () => {
    const line = await lineOf('/mine\n{"level":"error"}', { Cookie: ann.cookie });
    expect(line).toMatchObject({ route: 'unknown', status: 404 });
    expect(JSON.stringify(lines)).not.toMatch(`${ann.email}|${ann.token}|session=|"level":"error"`);
  });
});
