import { backoff, pause } from '../bus/backoff.js';
import { isOutage } from '../errors.js';
import type { Logger } from '../observability/logger.js';
import { jobCause, traceIdOf, type Cause } from '../observability/trace.js';
import { runInContext } from '../observability/request-context.js';
import { silentTracer, type Tracer } from '../observability/tracer.js';

export type Job = Readonly<{
  name: string;
  everyMs: number;
  /** `signal` is aborted when the service stops; a long run ends at its next step. */
  run: (input: { cause: Cause; signal: AbortSignal }) => Promise<void>;
}>;

/** Declares a job that runs at the start, and again `everyMs` milliseconds after each run has ended. */
export function every(everyMs: number, name: string, run: Job['run']): Job {
  return { name, everyMs, run };
}

/** Runs a job until `signal` is aborted. A failed run is logged, and the job runs again after a delay. */
export async function runJob(
  job: Job,
  log: Logger,
  signal: AbortSignal,
  tracer: Tracer = silentTracer,
): Promise<void> {
  const { name, everyMs } = job;
  for (let failures = 0; !signal.aborted;) {
    try {
      await runOnce(job, signal, tracer);
      failures = 0;
    } catch (error) {
      failures += 1;
      log[isOutage(error) ? 'warn' : 'error']({ err: error, job: name }, 'job failed, it will run again');
    }
    await pause(failures === 0 ? everyMs : backoff(failures, everyMs, Math.max(everyMs, 5_000)), signal);
  }
}

// A run that found nothing to do exports no span.
async function runOnce({ name, run }: Job, signal: AbortSignal, tracer: Tracer): Promise<void> {
  const span = tracer.start(`job ${name}`, { kind: 'internal' });
  const { traceparent } = span;
  const cause = { ...jobCause(name), traceparent };
  let did = false;
  const fields = { job: name, traceId: traceIdOf(traceparent) };
  await runInContext({ tracer, traceparent, fields, onStep: () => (did = true) }, () =>
    run({ cause, signal }),
  );
  if (did) span.end();
}
