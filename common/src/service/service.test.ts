// The declaration of a service must be complete. A line after @ts-expect-error that compiles fails `npm run verify`.

import { z } from 'zod';
import { refuse, type Decision } from '../decision.js';
import { noContent, ok } from '../http/answers.js';
import { anyone, get, handle, required } from '../http/route.js';
import { BaseConfig, DatabaseConfig } from './config.js';
import { mongodb } from './mongodb.js';
import { defineService, type Storage } from './service.js';

const head = { name: 'example', summary: 'Is an example.', answers: { 200: z.unknown() } };
const config = BaseConfig.extend(DatabaseConfig.shape);
const complete = { name: 'example', config, storage: mongodb, open: () => ({}) };

const publicRoute = () =>
  get(
    '/public',
    handle({ ...head, user: anyone }, async () => noContent()),
  );
const privateRoute = () =>
  get(
    '/private',
    handle({ ...head, user: required }, async ({ user }) => ok(user.id)),
  );
const decide = (): Decision<number, 'sold' | 'withdrawn'> => refuse('sold');
const refusingRoute = () =>
  get(
    '/refusing',
    handle({ ...head, user: anyone, refusals: ['sold', 'withdrawn', 'not-found'] }, async ({ orThrow }) =>
      ok(orThrow(decide())),
    ),
  );
const sold = { status: 409, message: 'It is sold.' };

test('a complete declaration compiles', () => {
  defineService({ ...complete, sessions: false, routes: () => [publicRoute()] });
  defineService({ ...complete, sessions: true, routes: () => [publicRoute(), privateRoute()] });
  const refusals = { sold, withdrawn: sold };
  defineService({ ...complete, sessions: false, routes: () => [refusingRoute()], refusals });
});

test('an incomplete declaration does not compile', () => {
  // @ts-expect-error whether there are sessions must be declared
  defineService({ ...complete, routes: () => [publicRoute()] });

  // @ts-expect-error a route that asks for a user needs sessions
  defineService({ ...complete, sessions: false, routes: () => [privateRoute()] });

  const storage = (): Storage => ({
    deadLetters: {} as never,
    parkedMessages: {} as never,
    outboxes: [],
    time: async () => new Date(),
    ready: {},
    close: async () => {},
  });
  // @ts-expect-error sessions need a store that keeps them
  defineService({ ...complete, storage, sessions: true });

  // @ts-expect-error the storage must be declared
  defineService({ name: 'example', config, sessions: false, open: () => ({}) });

  // @ts-expect-error every declared code needs a status
  defineService({ ...complete, sessions: false, routes: () => [refusingRoute()], refusals: { sold } });

  // @ts-expect-error every declared code needs a status, and there is no table at all
  defineService({ ...complete, sessions: false, routes: () => [refusingRoute()] });
});

test('a handler cannot answer a code that its route does not declare', () => {
  // @ts-expect-error the decision may be refused with `withdrawn`
  handle({ ...head, user: anyone, refusals: ['sold'] }, async ({ orThrow }) => ok(orThrow(decide())));

  handle({ ...head, user: anyone, refusals: ['sold'] }, async ({ refusal }) => {
    // @ts-expect-error the route does not declare `withdrawn`
    throw refusal('withdrawn');
  });
});
