// A process that may be killed at any time and is restarted, as Kubernetes would do.

import { setTimeout as delay } from 'node:timers/promises';
import type { Child } from '@ticketing/common/testing/servers';

export type SupervisedProcess = Readonly<{
  name: string;
  /** Sends SIGKILL, or another signal; the restart follows `beforeRestart`. Resolves when the process serves again. */
  kill(beforeRestart?: () => Promise<unknown>, signal?: NodeJS.Signals): Promise<void>;
  /** Sends SIGSTOP, and SIGCONT after this time. Does nothing while the process is down. */
  suspend(milliseconds: number): Promise<void>;
  /** Resolves when the process serves. */
  up(): Promise<void>;
  /** milliseconds since the process began to serve; 0 while it is down */
  uptimeMs(): number;
  /** how often the process has ended */
  exits(): number;
  stop(): Promise<void>;
}>;

type Options = Readonly<{
  name: string;
  /** Resolves when the process serves; rejects when it ended before that. */
  start: () => Promise<Child>;
  /** the pause before the restart when the process ended without `kill` */
  restartAfterMs?: () => number;
  onExit?: (reason: string) => void;
}>;

export async function supervise(options: Options): Promise<SupervisedProcess> {
  const { name, start, restartAfterMs = () => 0, onExit } = options;
  let child: Child | undefined;
  let stopping = false;
  let exits = 0;
  let servingSince = 0;
  let beforeRestart: (() => Promise<unknown>) | undefined;
  let starting = Promise.resolve();

  async function startOnce(): Promise<void> {
    const started = await start();
    child = started;
    servingSince = Date.now();
    void started.ended.then(restart);
  }

  function countExit(reason: string): void {
    exits += 1;
    onExit?.(reason);
  }

  function restart(reason: string): void {
    child = undefined;
    if (stopping) return;
    countExit(reason);
    const pause = beforeRestart ? beforeRestart() : delay(restartAfterMs());
    beforeRestart = undefined;
    starting = pause.then(() => retryStart(startOnce, countExit, () => stopping));
  }

  starting = startOnce();
  await starting;
  return {
    name,
    async kill(before = () => Promise.resolve(), signal = 'SIGKILL') {
      await starting;
      beforeRestart = before;
      const killed = child;
      killed?.process.kill(signal);
      await killed?.ended;
      await starting;
    },
    async suspend(milliseconds) {
      const suspended = child?.process;
      suspended?.kill('SIGSTOP');
      await delay(milliseconds);
      suspended?.kill('SIGCONT');
    },
    up: async () => {
      while (!child && !stopping) await starting.then(() => delay(10));
    },
    uptimeMs: () => (child ? Date.now() - servingSince : 0),
    exits: () => exits,
    async stop() {
      stopping = true;
      await starting;
      await child?.stop();
    },
  };
}

/** Starts until it succeeds: a fail point may end the process before it serves. */
async function retryStart(
  startOnce: () => Promise<void>,
  onFailure: (reason: string) => void,
  isStopping: () => boolean,
): Promise<void> {
  while (!isStopping()) {
    try {
      return await startOnce();
    } catch (error) {
      onFailure(error instanceof Error ? error.message : String(error));
      await delay(100);
    }
  }
}
