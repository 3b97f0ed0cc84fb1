// Supervises the child processes of `npm start`. A child that ends unasked is reported; stopping ends all of them.

import type { Child } from '@ticketing/common/testing/servers';

/** The reaction to a child that ends unasked: stop the whole system, or call back with its exit, such as `exit code 1`. */
export type OnEnd = 'fatal' | ((how: string) => unknown);

const children: Child[] = [];
let stopping: Promise<void> | undefined;

export const isStopping = (): boolean => stopping !== undefined;

/** Says that the system is stopping, at once and only once. */
export function stopOnSignal(): void {
  if (!isStopping()) console.log('\nStopping … The data is kept.');
  void stopAll(0);
}

/** Stops the children in the reverse order of their start, then ends this process with `exitCode`. */
export async function stopAll(exitCode: number): Promise<void> {
  stopping ??= (async () => {
    for (const child of children.toReversed()) await child.stop();
    process.exit(exitCode);
  })();
  return stopping;
}

/** Prints the error, stops the children and ends this process with 1. */
export function fail(error: unknown): void {
  console.error(error instanceof Error ? error.message : error);
  void stopAll(1);
}

/** Takes over a child: reports its end, applies `onEnd`, and stops it in `stopAll`. */
export function supervise(child: Child, onEnd: OnEnd): void {
  children.push(child);
  void child.ended.then((how) => {
    children.splice(children.indexOf(child), 1);
    if (isStopping()) return;
    console.error(`${child.name} has ended: ${how}`);
    const verdict = onEnd === 'fatal' ? 'fatal' : onEnd(how);
    if (verdict === 'fatal')
      fail(new Error([`The last lines of ${child.name}:`, ...child.tail()].join('\n')));
  });
}
