import { olderThan } from './server-version.js';

describe('a server version', () => {
  const versions: [version: string, floor: string, older: boolean][] = [
    ['2.12.3', '2.12.3', false],
    ['2.12.2', '2.12.3', true],
    ['2.12.10', '2.12.3', false],
    ['2.9.25', '2.12.3', true],
    ['2.13.0', '2.12.3', false],
    ['3.0.0', '2.12.3', false],
    ['1.99.99', '2.12.3', true],
    ['2.12.3-RC.1', '2.12.3', false],
    ['2.12', '2.12.3', true],
    ['2.13', '2.12.3', false],
  ];
  test.each(versions)('%s is older than %s: %p', (version, floor, older) => {
    expect(olderThan(version, floor)).toBe(older);
  });
});
