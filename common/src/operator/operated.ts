import type { Service } from '../service/service.js';
import type { Parts } from '../service/start.js';

/** What the commands of every service work on. */
export type Operated = Readonly<{
  service: Service<unknown>;
  parts: Parts<unknown>;
  /** the lines of standard input */
  input: AsyncIterable<string>;
}>;
