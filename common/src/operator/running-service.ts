import type { Service } from '../service/service.js';
import type { Parts } from '../service/start.js';

/** A running service, as the operator commands see it. */
export type RunningService = Readonly<{
  service: Service<unknown>;
  parts: Parts<unknown>;
  /** the lines of standard input */
  input: AsyncIterable<string>;
}>;
