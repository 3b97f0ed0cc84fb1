import { oncePerSecond } from './once-per-second.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function aReporter() {
  const written: string[] = [];
  const report = oncePerSecond<string>((text, count) => written.push(`${count} ${text}`));
  return { written, report };
}

test('of a burst, the first report is written at once and the rest as one with their number', () => {
  const { written, report } = aReporter();
  for (let number = 1; number <= 1_150; number += 1) report('a', `number ${number}`);
  expect(written).toEqual(['1 number 1']);
  jest.advanceTimersByTime(1_000);
  expect(written).toEqual(['1 number 1', '1149 number 1150']);
});

test('a single report is written once, and so is the next one a second later', () => {
  const { written, report } = aReporter();
  report('a', 'first');
  jest.advanceTimersByTime(1_000);
  report('a', 'second');
  jest.advanceTimersByTime(1_000);
  expect(written).toEqual(['1 first', '1 second']);
});

test('reports of different keys do not wait for each other', () => {
  const { written, report } = aReporter();
  report('a', 'one');
  report('b', 'other');
  expect(written).toEqual(['1 one', '1 other']);
});
