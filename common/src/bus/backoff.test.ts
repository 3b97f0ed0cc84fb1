import { backoff, createGate, pause } from './backoff.js';

const neverAborted = () => new AbortController().signal;

describe('the delay before a retry', () => {
  test('doubles up to the longest, minus up to half of it', () => {
    for (let round = 0; round < 50; round += 1)
      for (const [tries, full] of [
        [1, 250],
        [2, 500],
        [5, 4_000],
        [9, 60_000],
        [1e6, 60_000],
      ] as const) {
        const wait = backoff(tries, 250, 60_000);
        expect(wait).toBeGreaterThanOrEqual(full / 2);
        expect(wait).toBeLessThanOrEqual(full);
      }
  });

  test('varies, so that clients do not retry in step', () => {
    expect(new Set(Array.from({ length: 50 }, () => backoff(5, 250, 60_000))).size).toBeGreaterThan(10);
  });

  test('ends early when it is aborted', async () => {
    const stopping = new AbortController();
    const waiting = pause(600_000, stopping.signal);
    stopping.abort();
    await waiting;
    await pause(600_000, stopping.signal);
  });
});

describe('the gate of a dependency', () => {
  test('is open at first', async () => {
    await createGate(1, 2, neverAborted()).open();
  });

  test('closes for all callers after one failure, and opens for all at once', async () => {
    const gate = createGate(20, 20, neverAborted());
    const passed: string[] = [];
    expect(gate.failed()).toBeGreaterThanOrEqual(10);
    const waiting = ['first', 'second'].map((caller) => gate.open().then(() => passed.push(caller)));
    await Promise.resolve();
    expect(passed).toEqual([]);
    await Promise.all(waiting);
    expect(passed).toEqual(['first', 'second']);
  });

  test('counts an outage once, however many callers fail', async () => {
    const gate = createGate(10, 1_000_000, neverAborted());
    expect([gate.failed(), gate.failed(), gate.failed()]).toEqual([expect.any(Number), undefined, undefined]);
    await gate.open();
    expect(gate.failed()).toBeLessThanOrEqual(20);
  });

  test('stays closed longer after each failure, until a call succeeds', async () => {
    const gate = createGate(8, 32, neverAborted());
    const waits: (number | undefined)[] = [];
    for (let failures = 0; failures < 4; failures += 1) {
      waits.push(gate.failed());
      await gate.open();
    }
    for (const [index, full] of [8, 16, 32, 32].entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(full / 2);
      expect(waits[index]).toBeLessThanOrEqual(full);
    }
    gate.worked();
    expect(gate.failed()).toBeLessThanOrEqual(8);
  });

  test('opens for good when the service stops', async () => {
    const stopping = new AbortController();
    const gate = createGate(600_000, 600_000, stopping.signal);
    gate.failed();
    const waiting = gate.open();
    stopping.abort();
    await waiting;
    gate.failed();
    await gate.open();
  });
});
