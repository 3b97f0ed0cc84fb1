// The start of a service as a process of its own.

import { serving, type Child } from '@ticketing/common/testing/servers';

/** Resolves when the service is ready. @throws Error with its last lines as soon as it has ended */
export const untilReady = (child: Child, url: string): Promise<void> =>
  serving(child, async () => {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    return answer?.ok === true;
  });
