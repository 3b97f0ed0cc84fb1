// For tests: starts a child process and observes its output and its exit.
import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { onCleanUp } from './clean-up.js';

export const ROOT = join(__dirname, '..', '..', '..', '..');
const TIMEOUT_MS = 30_000;

export type TestProcess = Readonly<{
  child: ChildProcess;
  output: () => string;
  /** Resolves with the first group of the pattern; rejects when the process exits or 30 s pass without it. */
  waitForOutput: (pattern: RegExp) => Promise<string>;
  /** Resolves with the exit code, the signal or the error. */
  exited: Promise<number | string>;
}>;

export function startProcess(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): TestProcess {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = new Output(child);
  const exited = new Promise<number | string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'closed'));
  });
  onCleanUp(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const failure = exited.then((result) => {
    throw new Error(`${command} exited (${result}): ${output.text}`);
  });
  failure.catch(() => undefined);

  return {
    child,
    output: () => output.text,
    waitForOutput: async (pattern) => await Promise.race([output.waitFor(pattern), failure]),
    exited,
  };
}

class Output {
  text = '';
  readonly #listeners = new Set<() => void>();

  constructor(child: ChildProcessByStdio<null, Readable, Readable>) {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        this.text += chunk;
        for (const listener of this.#listeners) listener();
      });
    }
  }

  async waitFor(pattern: RegExp): Promise<string> {
    return await new Promise<string>((resolve, reject) => {
      const timeout = setTimeout(
        () => reject(new Error(`No output matches ${pattern} within ${TIMEOUT_MS} ms: ${this.text}`)),
        TIMEOUT_MS,
      );
      timeout.unref();
      const search = () => {
        const [, found] = pattern.exec(this.text) ?? [];
        if (found === undefined) return;
        clearTimeout(timeout);
        this.#listeners.delete(search);
        resolve(found);
      };
      this.#listeners.add(search);
      search();
    });
  }
}

/** Runs main.ts from its source, without a build. */
export function startCardNetworkProcess(env: NodeJS.ProcessEnv): TestProcess {
  const main = join(__dirname, '..', 'main.ts');
  return startProcess(process.execPath, ['--conditions=source', '--import', 'tsx', main], env);
}
