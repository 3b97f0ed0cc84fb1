// The expectations of the matrix follow from the API description.

import { cases } from './matrix-cases.js';
import { actors, expectedOf, type ActorName } from './matrix.js';
import { operations } from './operations.js';

test('the matrix has exactly the operations of the API', () => {
  expect(Object.keys(cases).sort()).toEqual(
    operations()
      .map(({ name }) => name)
      .sort(),
  );
});

const text = (operation: object) =>
  Object.fromEntries(
    actors.map((actor: ActorName) => [actor, expectedOf(operation as never, actor).text.trim()]),
  );
const unauthenticated = {
  anonymous: '401 not-signed-in',
  expired: '401 not-signed-in',
  'signed out': '401 not-signed-in',
  forged: '401 not-signed-in',
};

test('an operation without a required session accepts every caller', () => {
  for (const session of ['anyone', 'optional'])
    expect(new Set(Object.values(text({ session, path: '/x', forbids: [] })))).toEqual(new Set(['2xx']));
});

test('an operation with a session rejects callers without one, and other users as described', () => {
  const session = 'required';
  expect(text({ session, path: '/x/{id}', forbids: ['not-yours'] })).toEqual({
    ...unauthenticated,
    other: '403 not-yours',
    operator: '403 not-yours',
    owner: '2xx',
  });
  expect(text({ session, path: '/x/{id}', forbids: [] })).toEqual({
    ...unauthenticated,
    other: '404 not-found',
    operator: '404 not-found',
    owner: '2xx',
  });
  expect(text({ session, path: '/x', forbids: [] })).toEqual({
    ...unauthenticated,
    other: '2xx',
    operator: '2xx',
    owner: '2xx',
  });
});

test('an operation for operators rejects everybody else, also the owner of what it shows', () => {
  const operation = { session: 'required', path: '/x', forbids: ['not-an-operator'], isForOperators: true };
  expect(text(operation)).toEqual({
    ...unauthenticated,
    other: '403 not-an-operator',
    operator: '2xx',
    owner: '403 not-an-operator',
  });
});
