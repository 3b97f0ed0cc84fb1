import { backoff, pause } from './messaging/backoff.js';
import { isOutage } from './errors.js';
import type { Logger } from './logger.js';
import { jobCause, type Cause } from './trace.js';

export type Job = Readonly<{
  name: string;
  everyMs: number;
  /** `signal` is aborted when the service stops: a long run ends at its next step. */
  run: (input: { cause: Cause; signal: AbortSignal }) => Promise<void>;
}>;

/** Declares a sweep: runs at the start and then `everyMs` after the last run has ended. */
export function every(everyMs: number, name: string, run: Job['run']): Job {
  return { name, everyMs, run };
}

/** Runs a job until `signal` is aborted; a run that fails is logged, and the next one comes. */
export async function runJob({ name, everyMs, run }: Job, log: Logger, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted;) {
    try {
      await run({ cause: jobCause(name), signal });
      failures = 0;
    } catch (error) {
      failures += 1;
      log[isOutage(error) ? 'warn' : 'error']({ err: error, job: name }, 'job failed, it will run again');
    }
    await pause(failures === 0 ? everyMs : backoff(failures, everyMs, Math.max(everyMs, 5_000)), signal);
  }
}
