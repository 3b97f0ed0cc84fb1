import { remoteParent, startSpan, traceparentOf } from './spans.js';
import { jobCause, traceIdOf } from './trace.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const parent = `00-${traceId}-b7ad6b7169203331-01`;
const sampled = /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/;

const nextSpan = (traceparent?: string) => traceparentOf(startSpan('next', {}, remoteParent(traceparent)));

describe('a trace, without a collector', () => {
  test('continues in the next span', () => {
    const next = nextSpan(parent);
    expect(next).toMatch(sampled);
    expect(traceIdOf(next)).toBe(traceId);
    expect(next).not.toBe(parent);
    expect(nextSpan(parent)).not.toBe(next);
  });

  test('keeps the sampling decision of its caller', () => {
    expect(nextSpan(`00-${traceId}-b7ad6b7169203331-00`)).toMatch(/-00$/);
    expect(nextSpan(`00-${traceId}-b7ad6b7169203331-ff`)).toMatch(/-01$/);
  });

  test.each([
    `${parent}\n`,
    ` ${parent}`,
    parent.replace('00-', '01-'),
    parent.replace('00-', '01-') + '-extra',
  ])('continues from %j, and passes on no more than the ids and the flag', (text) => {
    expect(nextSpan(text)).toMatch(sampled);
    expect(traceIdOf(nextSpan(text))).toBe(traceId);
  });

  test.each([
    undefined,
    '',
    'nonsense',
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `ff-${traceId}-b7ad6b7169203331-01`,
    parent.toUpperCase(),
    `${parent}-extra`,
    `${parent}\nx`,
    `x${parent}`,
  ])('begins anew when %j is not a traceparent', (text) => {
    const begun = nextSpan(text);
    expect(begun).toMatch(sampled);
    expect(traceIdOf(begun)).not.toBe(traceId);
    expect(traceIdOf(begun)).not.toBe('0'.repeat(32));
  });

  test('begins anew with every run of a job, whose cause names the job', () => {
    const [first, second] = [jobCause('sweep'), jobCause('sweep')];
    expect(first).toMatchObject({ by: 'system', why: expect.stringMatching(/^job:sweep\//) });
    expect(first.why).not.toBe(second.why);
    expect(traceIdOf(first.traceparent)).not.toBe(traceIdOf(second.traceparent));
  });
});
