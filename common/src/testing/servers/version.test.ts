import { atLeast, versionIn } from './version.js';

test.each([
  ['nats-server: v2.15.2', '2.15.2'],
  ['db version v6.0.5\nBuild Info: {', '6.0.5'],
  ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64', '7.0.15'],
  ['no version', undefined],
])('%j is version %s', (text, version) => {
  expect(versionIn(text)).toBe(version);
});

test.each([
  ['2.12.3', '2.12.3', true],
  ['2.12.2', '2.12.3', false],
  ['2.9.10', '2.12.3', false],
  ['10.0', '6.0', true],
  ['7.0.15', '7.0', true],
  ['6.2.14', '7.0', false],
])('%s is at least %s: %s', (version, floor, expected) => {
  expect(atLeast(version, floor)).toBe(expected);
});
