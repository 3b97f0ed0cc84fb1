import { DependencyDown } from '../errors.js';
import { ExpirationComplete } from '../events/expiration.js';
import { toEnvelope } from '../events/event.js';
import { newId } from '../id.js';
import { createLogger } from '../observability/logger.js';
import { jobCause } from '../observability/trace.js';
import { watchRefusals } from './refusals.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const full = 'maximum bytes exceeded';
const anEvent = (type = 'expiration:complete') => ({
  ...toEnvelope(ExpirationComplete({ orderId: newId() }), jobCause('test'), new Date()),
  type,
});

/** A bus whose broker refuses events for the reason that is set for their type. */
function aBus() {
  const reasons = new Map<string, string>();
  const lines: Record<string, unknown>[] = [];
  const counted: string[] = [];
  const state = { connectedSince: performance.now() as number | undefined };
  const driver = {
    connectedSince: () => state.connectedSince,
    publish: async ({ type }: { type: string }) => {
      const reason = reasons.get(type);
      if (reason === 'disconnected') state.connectedSince = undefined;
      if (reason) throw new DependencyDown('bus', { cause: new Error(reason) });
    },
  };
  const log = createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) });
  const bus = watchRefusals(driver as never, { log, onRefused: (type) => counted.push(type) });
  const publish = (type?: string) => bus.publish(anEvent(type)).catch(() => undefined);
  const alarms = () => lines.filter(({ alarm }) => alarm === true);
  return { bus, publish, reasons, counted, alarms, state };
}

const seconds = (count: number) => jest.advanceTimersByTime(count * 1_000);

describe('a bus that refuses messages', () => {
  test('says why, and stores messages for no time', async () => {
    const { bus, publish, reasons, counted } = aBus();
    seconds(60);
    await publish();
    expect([bus.refusal(), bus.storesForMs()]).toEqual([undefined, 60_000]);
    reasons.set('expiration:complete', full);
    await publish();
    expect([bus.refusal(), bus.storesForMs(), counted]).toEqual([full, undefined, ['expiration:complete']]);
  });

  test('recovers with the next stored message of the type, and has stored messages since its last refusal', async () => {
    const { bus, publish, reasons } = aBus();
    reasons.set('expiration:complete', full);
    await publish();
    reasons.clear();
    seconds(3);
    await publish('order:created');
    expect(bus.refusal()).toBe(full);
    await publish();
    expect([bus.refusal(), bus.storesForMs()]).toEqual([undefined, 3_000]);
  });

  test('recovers after 15 s without a try, because another replica may have published what waited', async () => {
    const { bus, publish, reasons } = aBus();
    reasons.set('expiration:complete', full);
    await publish();
    seconds(14);
    expect(bus.refusal()).toBe(full);
    seconds(2);
    expect([bus.refusal(), bus.storesForMs()]).toEqual([undefined, 16_000]);
  });

  test('raises one alarm for many refusals, and another one after a quiet minute', async () => {
    const { publish, reasons, alarms } = aBus();
    reasons.set('expiration:complete', full);
    for (let count = 0; count < 1_000; count += 1) {
      await publish();
      seconds(1);
    }
    expect(alarms()).toHaveLength(1);
    expect(alarms()[0]?.['msg']).toContain('give it more space, or the user of this service the permission');
    seconds(61);
    for (let count = 0; count < 10; count += 1) {
      await publish();
      seconds(1);
    }
    expect(alarms()).toHaveLength(2);
  });

  test.each([
    ['refuses for less than 5 s', full, 4],
    ['does not answer', 'timeout', 60],
  ])('raises no alarm if it %s', async (_what, reason, count) => {
    const { bus, publish, reasons, alarms } = aBus();
    reasons.set('expiration:complete', reason);
    for (let tries = 0; tries < count; tries += 1) {
      await publish();
      seconds(1);
    }
    expect([bus.refusal(), alarms()]).toEqual([reason, []]);
  });
});

test('a publish that fails because the connection is lost is no refusal', async () => {
  const { bus, publish, reasons, state, counted } = aBus();
  reasons.set('expiration:complete', 'disconnected');
  await publish();
  expect([bus.refusal(), bus.storesForMs(), counted]).toEqual([undefined, undefined, []]);
  state.connectedSince = performance.now();
  seconds(1);
  expect(bus.storesForMs()).toBe(1_000);
});
