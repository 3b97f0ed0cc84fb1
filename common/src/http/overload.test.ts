import { createAdmission } from './overload.js';

const limits = { most: 1_000, slowMs: 250 };
const times = (count: number, work: () => unknown) => {
  for (let done = 0; done < count; done += 1) work();
};

describe('the number of requests in hand', () => {
  test('is never more than allowed', () => {
    const admission = createAdmission({ ...limits, most: 3 });
    expect([0, 0, 0, 0].map((turn) => admission.admit(turn))).toEqual([true, true, true, false]);
    admission.done(1);
    expect(admission.admit(0)).toBe(true);
  });

  test('may be less while most answers are slow, counted from what was really in hand', () => {
    const admission = createAdmission(limits);
    times(200, () => admission.admit(0));
    times(100, () => admission.done(300));
    admission.adapt();
    expect(admission.limit()).toBe(160);
    times(51, () => admission.done(300));
    times(49, () => admission.done(1));
    admission.adapt();
    expect(admission.limit()).toBe(80);
  });

  test('does not care for a few slow ones among the fast', () => {
    const admission = createAdmission(limits);
    times(200, () => admission.admit(0));
    times(50, () => admission.done(3_000));
    times(51, () => admission.done(1));
    admission.adapt();
    expect(admission.limit()).toBe(1_000);
  });

  test('may be less when nothing is answered at all', () => {
    const admission = createAdmission(limits);
    times(200, () => admission.admit(0));
    admission.adapt();
    expect(admission.limit()).toBe(160);
  });

  test('may always be 64, however slow they are', () => {
    const admission = createAdmission(limits);
    times(100, () => admission.admit(0));
    times(20, admission.adapt);
    expect(admission.limit()).toBe(64);
  });

  test('may grow again when answers are fast', () => {
    const admission = createAdmission(limits);
    times(100, () => admission.admit(0));
    times(20, admission.adapt);
    times(100, () => admission.done(1));
    times(30, admission.adapt);
    expect(admission.limit()).toBe(1_000);
  });

  test('does not grow in a turn of the event loop that has worked for too long', () => {
    const admission = createAdmission(limits);
    expect([admission.admit(250), admission.admit(251)]).toEqual([true, false]);
  });
});
