// A service as a process of its own, on a machine whose clock a test sets.

import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, root, startChild } from '@ticketing/common/testing/servers';
import { untilReady } from './ready.js';

/** The value of a gauge without labels in the text of `/metrics`. */
export const gaugeIn = (text: string, name: string) =>
  Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]);

type Env = Readonly<Record<string, string | undefined>>;

/** A clock that a test sets, kept in `file`. A Node process that starts with its variables has that clock. */
export async function openClock(file: string, aheadMs = 0) {
  const setAhead = async (milliseconds: number) => {
    await writeFile(`${file}.new`, `${milliseconds}`);
    await rename(`${file}.new`, file);
  };
  await setAhead(aheadMs);
  const program = join(root, 'tests', 'system', 'set-clock.cjs');
  return { setAhead, env: { NODE_OPTIONS: `--require "${program}"`, CLOCK_AHEAD_FILE: file } };
}

export type ProcessWithClock = Awaited<ReturnType<typeof startWithClock>>;

/** Starts a built service whose clock is ahead by `aheadMs`; resolves when it is ready. */
export async function startWithClock(
  service: 'orders' | 'payments' | 'expiration',
  env: Env,
  aheadMs: number,
) {
  const folder = await mkdtemp(join(tmpdir(), 'clock-'));
  const clock = await openClock(join(folder, 'ahead'), aheadMs);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = startChild({
    name: `${service} with a clock of its own`,
    program: process.execPath,
    args: [join(root, service, 'dist', 'main.js')],
    env: { ...process.env, ...env, ...clock.env, PORT: `${port}` },
  });
  await untilReady(child, url);

  return {
    url,
    setAhead: clock.setAhead,
    ended: child.ended,
    kill: () => child.process.kill('SIGKILL'),

    gauge: async (name: string) => gaugeIn(await (await fetch(`${url}/metrics`)).text(), name),
    async stop() {
      await child.stop();
      await rm(folder, { recursive: true });
    },
  };
}
