import { jobCause, nextSpan, traceIdOf } from './trace.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const parent = `00-${traceId}-b7ad6b7169203331-01`;
const span = /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/;

describe('a trace', () => {
  test('goes on in the next span', () => {
    const next = nextSpan(parent);
    expect(next).toMatch(span);
    expect(traceIdOf(next)).toBe(traceId);
    expect(next).not.toBe(parent);
    expect(nextSpan(parent)).not.toBe(next);
  });

  test.each([
    undefined,
    '',
    'nonsense',
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `ff-${traceId}-b7ad6b7169203331-01`,
    parent.toUpperCase(),
    `${parent}\n`,
    `${parent}-extra`,
    `x${parent}`,
  ])('begins anew when %j names none', (text) => {
    const begun = nextSpan(text);
    expect(begun).toMatch(span);
    expect(traceIdOf(begun)).not.toBe(traceId);
    expect(traceIdOf(begun)).not.toBe('0'.repeat(32));
  });

  test('begins with every run of a job, which is named', () => {
    const [first, second] = [jobCause('sweep'), jobCause('sweep')];
    expect(first).toMatchObject({ by: 'system', why: expect.stringMatching(/^job:sweep\//) });
    expect(first.why).not.toBe(second.why);
    expect(traceIdOf(first.traceparent)).not.toBe(traceIdOf(second.traceparent));
  });
});
