// The matrix follows from the description; what runs is in matrix.ts.

import { cases } from './matrix-cases.js';
import { actors, expectedOf, type ActorName } from './matrix.js';
import { operations } from './operations.js';

test('every operation of the API has a row, and no row is left of one that is gone', () => {
  expect(Object.keys(cases).sort()).toEqual(
    operations()
      .map(({ name }) => name)
      .sort(),
  );
});

const inWords = (operation: object) =>
  Object.fromEntries(
    actors.map((actor: ActorName) => [actor, expectedOf(operation as never, actor).inWords.trim()]),
  );
const nobody = {
  anonymous: '401 not-signed-in',
  expired: '401 not-signed-in',
  'signed out': '401 not-signed-in',
  forged: '401 not-signed-in',
};

test('what is for everybody is for everybody', () => {
  for (const session of ['anyone', 'optional'])
    expect(new Set(Object.values(inWords({ session, path: '/x', forbids: [] })))).toEqual(new Set(['2xx']));
});

test('what needs a session is refused to who has none, and to others as its description says', () => {
  const session = 'required';
  expect(inWords({ session, path: '/x/{id}', forbids: ['not-yours'] })).toEqual({
    ...nobody,
    other: '403 not-yours',
    owner: '2xx',
  });
  expect(inWords({ session, path: '/x/{id}', forbids: [] })).toEqual({
    ...nobody,
    other: '404 not-found',
    owner: '2xx',
  });
  expect(inWords({ session, path: '/x', forbids: [] })).toEqual({ ...nobody, other: '2xx', owner: '2xx' });
});
