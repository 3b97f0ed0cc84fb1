import { createAdmission } from './admission.js';

const limits = { most: 1_000, slowMs: 250 };
// One client that has not reached its share: shares are the subject of request-slots.test.ts.
const venue = { network: '10.0.0.1' };
const times = (count: number, work: () => unknown) => {
  for (let done = 0; done < count; done += 1) work();
};

describe('the limit of requests in flight', () => {
  test('is never exceeded', () => {
    const admission = createAdmission({ ...limits, most: 3 });
    expect([0, 0, 0, 0].map((turn) => admission.admit(turn, venue))).toEqual([true, true, true, false]);
    admission.done(1, venue);
    expect(admission.admit(0, venue)).toBe(true);
  });

  test('shrinks from the actual peak while most answers are slow', () => {
    const admission = createAdmission(limits);
    times(200, () => admission.admit(0, venue));
    times(100, () => admission.done(300, venue));
    admission.adapt();
    expect(admission.limit()).toBe(160);
    times(51, () => admission.done(300, venue));
    times(49, () => admission.done(1, venue));
    admission.adapt();
    expect(admission.limit()).toBe(80);
  });

  test('ignores a minority of slow answers', () => {
    const admission = createAdmission(limits);
    times(200, () => admission.admit(0, venue));
    times(50, () => admission.done(3_000, venue));
    times(51, () => admission.done(1, venue));
    admission.adapt();
    expect(admission.limit()).toBe(1_000);
  });

  test('shrinks when nothing is answered', () => {
    const admission = createAdmission(limits);
    times(200, () => admission.admit(0, venue));
    admission.adapt();
    expect(admission.limit()).toBe(160);
  });

  test('never shrinks below 64', () => {
    const admission = createAdmission(limits);
    times(100, () => admission.admit(0, venue));
    times(20, admission.adapt);
    expect(admission.limit()).toBe(64);
  });

  test('grows again when answers are fast', () => {
    const admission = createAdmission(limits);
    times(100, () => admission.admit(0, venue));
    times(20, admission.adapt);
    times(100, () => admission.done(1, venue));
    times(30, admission.adapt);
    expect(admission.limit()).toBe(1_000);
  });

  test('refuses requests in a long turn of the event loop', () => {
    const admission = createAdmission(limits);
    expect([admission.admit(250, venue), admission.admit(251, venue)]).toEqual([true, false]);
  });
});
