import { createAdmission } from './overload.js';

const limits = { most: 1_000, slowMs: 250 };
const times = (count: number, work: () => unknown) => {
  for (let done = 0; done < count; done += 1) work();
};

describe('the limit of requests in flight', () => {
  test('is never exceeded', () => {
    const admission = createAdmission({ ...limits, most: 3 });
    expect([0, 0, 0, 0].map((turn) => admission.admit(turn))).toEqual([true, true, true, false]);
    admission.done(1);
    expect(admission.admit(0)).toBe(true);
  });

  test('shrinks from the actual peak while most answers are slow', () => {
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

  test('ignores a minority of slow answers', () => {
    const admission = createAdmission(limits);
    times(200, () => admission.admit(0));
    times(50, () => admission.done(3_000));
    times(51, () => admission.done(1));
    admission.adapt();
    expect(admission.limit()).toBe(1_000);
  });

  test('shrinks when nothing is answered', () => {
    const admission = createAdmission(limits);
    times(200, () => admission.admit(0));
    admission.adapt();
    expect(admission.limit()).toBe(160);
  });

  test('never shrinks below 64', () => {
    const admission = createAdmission(limits);
    times(100, () => admission.admit(0));
    times(20, admission.adapt);
    expect(admission.limit()).toBe(64);
  });

  test('grows again when answers are fast', () => {
    const admission = createAdmission(limits);
    times(100, () => admission.admit(0));
    times(20, admission.adapt);
    times(100, () => admission.done(1));
    times(30, admission.adapt);
    expect(admission.limit()).toBe(1_000);
  });

  test('refuses requests in a long turn of the event loop', () => {
    const admission = createAdmission(limits);
    expect([admission.admit(250), admission.admit(251)]).toEqual([true, false]);
  });
});
