// The idempotency key of a request that a person may send again after a lost connection.

import { useRef } from 'react';
import { ApiProblem } from './api.js';
import { isFinal } from './final-answer.js';

export function useIdempotencyKey() {
  const last = useRef<Readonly<{ content: string; key: string }>>(undefined);
  return {
    /** The key of this request: the same for the same content, until there is a final answer. */
    of(request: unknown): string {
      const content = JSON.stringify(request);
      if (last.current?.content !== content) last.current = { content, key: crypto.randomUUID() };
      return last.current.key;
    },
    /** Ends the key if the answer is final. `error` is undefined or null after a success. */
    answered(error?: unknown): void {
      if (!error || (error instanceof ApiProblem && isFinal(error))) last.current = undefined;
    },
  };
}
