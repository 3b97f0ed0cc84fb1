// Child processes: started, watched, and never left behind.

import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

export type Child = Readonly<{
  name: string;
  process: ChildProcess;
  /** the last lines it wrote */
  tail(): string[];
  /** resolves when it has ended, with how */
  ended: Promise<string>;
  stop(graceMs?: number): Promise<void>;
}>;

type Command = Readonly<{
  name: string;
  program: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  onLine?: (line: string) => void;
}>;

const running = new Set<ChildProcess>();
// If we die without stopping them, they die too.
process.once('exit', () => {
  for (const child of running) child.kill();
});

export function startChild({ name, program, args, env, cwd, onLine }: Command): Child {
  // Its own process group, so that Ctrl-C reaches us only and the order of stopping is ours.
  const child = spawn(program, [...args], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
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
