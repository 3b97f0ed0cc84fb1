import { InvalidInput } from '../errors.js';
import { matchesVersion } from '../decision.js';
import { requireSameVersion, etagOf, versionsIn } from './conditional.js';

test('the entity tag of an entity is its version', () => {
  expect(etagOf({ version: 3 })).toEqual({ ETag: '"3"' });
});

test('a part of another document adds the version of that document to the entity tag', () => {
  expect(etagOf({ version: 3 }, 7)).toEqual({ ETag: '"3.7"' });
});

describe('If-Match', () => {
  test.each<[string | undefined, readonly number[] | undefined]>([
    [undefined, undefined],
    ['*', undefined],
    [' * ', undefined],
    ['"3"', [3]],
    ['"0"', [0]],
    ['"3", "4"', [3, 4]],
    ['"3","4" ', [3, 4]],
    [', "3",, "4",', [3, 4]],
    // Strong comparison: weak tags and unknown tags match nothing.
    ['W/"3"', []],
    ['W/"3", "4"', [4]],
    ['"abc"', []],
    ['"03"', []],
    ['"-1"', []],
    // The second version does not count.
    ['"3.7", "4"', [3, 4]],
    ['"3."', []],
    ['"3.x"', []],
    ['"99999999999999999999"', []],
    ['""', []],
  ])('%j accepts %j', (header, versions) => {
    expect(versionsIn(header)).toEqual(versions);
  });

  test.each(['3', '"3', '3"', '', ' ', '"3" "4"', ',', '*, "3"', 'w/"3"', '"3";q=1', '"a b"'])(
    '%j is refused',
    (header) => {
      expect(() => versionsIn(header)).toThrow(InvalidInput);
    },
  );

  test('must agree with the version in the body', () => {
    expect(() => requireSameVersion(3, [3])).not.toThrow();
    expect(() => requireSameVersion(undefined, [3])).not.toThrow();
    expect(() => requireSameVersion(3, undefined)).not.toThrow();
    expect(() => requireSameVersion(3, [4])).toThrow('must match the header If-Match');
    expect(() => requireSameVersion(3, [])).toThrow('must match the header If-Match');
  });

  test('with an empty list matches no version', () => {
    expect(matchesVersion(0, [])).toBe(false);
    expect(matchesVersion(0, undefined)).toBe(true);
    expect(matchesVersion(2, [1, 2])).toBe(true);
  });
});
