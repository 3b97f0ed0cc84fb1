// Which refusals are final.

import type { ApiProblem } from './api.js';

/**
 * Does a repeat of the request get the same answer? If not, the request may have had its effect, or may have it later: the
 * repeat needs the same idempotency key.
 */
export const isFinal = ({ status, code }: Pick<ApiProblem, 'status' | 'code'>): boolean =>
  status < 500 && ![401, 408, 429].includes(status) && code !== 'request-in-flight';
