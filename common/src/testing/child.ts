// Child processes that cannot outlive this process.

import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

export type Child = Readonly<{
  name: string;
  process: ChildProcess;
  /** the last 20 lines of stdout and stderr */
  tail(): string[];
  /** resolves when the child has ended, for example with `exit code 1` or `killed by SIGKILL` */
  ended: Promise<string>;
  /** SIGTERM, then SIGKILL after `graceMs` (10 s); resolves when the child has ended */
  stop(graceMs?: number): Promise<void>;
}>;

type Command = Readonly<{
  name: string;
  program: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  onLine?: (line: string) => void;
  /** With it, the child has a channel for messages (`process.send`). */
  onMessage?: (message: unknown) => void;
}>;

const running = new Set<ChildProcess>();
// Also when this process exits without stopping them.
process.once('exit', () => {
  for (const child of running) child.kill();
});

export function startChild({ name, program, args, env, cwd, onLine, onMessage }: Command): Child {
  // A process group of its own: Ctrl-C reaches only this process, which decides the order of stopping.
  const stdio = ['ignore', 'pipe', 'pipe', ...(onMessage ? ['ipc'] : [])] as ['ignore', 'pipe', 'pipe'];
  const child = spawn(program, [...args], { env, cwd, stdio, detached: true });
  if (onMessage) child.on('message', onMessage);
  const lines: string[] = [];
  running.add(child);
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines.length > 20) lines.shift();
      onLine?.(line);
    });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ? `killed by ${signal}` : `exit code ${code}`));
  }).finally(() => running.delete(child));

  async function stop(graceMs = 10_000): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await ended;
    clearTimeout(timer);
  }

  return { name, process: child, tail: () => [...lines], ended, stop };
}
