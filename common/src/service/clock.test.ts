import { DependencyDown } from '../errors.js';
import { createLogger } from '../observability/logger.js';
import { createMetrics } from '../observability/metrics.js';
import { createClock } from './clock.js';

const noon = Date.parse('2026-11-27T12:00:00Z');
const hourMs = 3_600_000;

/** A clock on a machine and a store that a test sets. Times are milliseconds after noon. */
function setUp({ machineAheadMs = 0 } = {}) {
  const state = { elapsedMs: 0, machineAheadMs, storeAheadMs: 0, roundTripMs: 0, isDown: false };
  const lines: Record<string, unknown>[] = [];
  const metrics = createMetrics();
  const clock = createClock({
    async storeTime() {
      if (state.isDown) throw new DependencyDown('database');
      state.elapsedMs += state.roundTripMs / 2;
      const answer = new Date(noon + state.storeAheadMs + state.elapsedMs);
      state.elapsedMs += state.roundTripMs / 2;
      return answer;
    },
    log: createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) }),
    metrics,
    machine: () => noon + state.machineAheadMs + state.elapsedMs,
    // A monotonic clock counts from the start of the machine.
    monotonic: () => 777 + state.elapsedMs,
  });
  const errorMs = () => clock.now().getTime() - (noon + state.storeAheadMs + state.elapsedMs);
  const gauge = async () => (await metrics.clockAhead.get()).values[0]?.value;
  return { state, lines, clock, errorMs, gauge };
}

test.each([0, hourMs, -hourMs])(
  'the time is the time of the store, also on a machine whose clock is ahead by %d ms',
  async (machineAheadMs) => {
    const { clock, state, errorMs } = setUp({ machineAheadMs });
    await clock.compare();
    expect(errorMs()).toBe(0);
    state.elapsedMs += 60_000;
    expect(errorMs()).toBe(0);
  },
);

test('setting the clock of the machine changes nothing', async () => {
  const { clock, state, errorMs } = setUp();
  await clock.compare();
  state.machineAheadMs = hourMs;
  expect(errorMs()).toBe(0);
  state.machineAheadMs = -hourMs;
  await clock.compare();
  expect(errorMs()).toBe(0);
});

test('before the first comparison there is no time, and the service is not ready', async () => {
  const { clock, state } = setUp();
  state.isDown = true;
  expect(() => clock.now()).toThrow(DependencyDown);
  expect(await clock.problem()).toBe('not compared with the store yet');
  state.isDown = false;
  expect(await clock.problem()).toBeUndefined();
  expect(clock.now()).toEqual(new Date(noon));
});

test('an outage of the store leaves the time running', async () => {
  const { clock, state, errorMs } = setUp();
  await clock.compare();
  state.isDown = true;
  state.elapsedMs += hourMs;
  await expect(clock.compare()).rejects.toThrow(DependencyDown);
  expect(await clock.problem()).toBeUndefined();
  expect(errorMs()).toBe(0);
});

test('a slow answer does not move the time', async () => {
  const { clock, state, errorMs } = setUp();
  await clock.compare();
  const before = errorMs();
  state.roundTripMs = 3_000;
  state.storeAheadMs = 700;
  await clock.compare();
  expect(errorMs()).toBe(before - 700);
});

test('a slow first answer is corrected by the next one', async () => {
  const { clock, state, errorMs } = setUp();
  state.roundTripMs = 3_000;
  state.storeAheadMs = 0;
  await clock.compare();
  state.roundTripMs = 2;
  await clock.compare();
  expect(Math.abs(errorMs())).toBeLessThanOrEqual(1);
});

test.each([hourMs, -hourMs])(
  'the time follows a new primary whose clock is ahead by %d ms',
  async (ahead) => {
    const { clock, state, errorMs } = setUp();
    await clock.compare();
    state.storeAheadMs = ahead;
    await clock.compare();
    expect(Math.abs(errorMs())).toBeLessThanOrEqual(1);
  },
);

test('an alarm is raised once while the clocks differ by more than five seconds, and the gauge says by how much', async () => {
  const { clock, state, lines, gauge } = setUp({ machineAheadMs: 5_000 });
  await clock.compare();
  expect(lines).toEqual([]);
  state.machineAheadMs = -hourMs;
  await clock.compare();
  await clock.compare();
  expect(lines).toMatchObject([{ alarm: true }]);
  expect(await gauge()).toBeCloseTo(-3_600, 2);
  state.machineAheadMs = 0;
  await clock.compare();
  expect(lines.map(({ alarm }) => alarm)).toEqual([true, undefined]);
});
