// For tests: a program of its own, what it says, and how it ends.
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { onCleanUp } from './network.js';

export const ROOT = join(__dirname, '..', '..', '..', '..');

export type Program = Readonly<{
  child: ChildProcess;
  said: () => string;
  /** Resolves with the part in parentheses once it was said; fails when the program ends without it. */
  says: (pattern: RegExp) => Promise<string>;
  ended: Promise<number | string>;
}>;

export function startProgram(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<number | string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'ended'));
  });
  onCleanUp(async () => {
    child.kill('SIGKILL');
    await ended;
  });

  const says = async (pattern: RegExp) =>
    await new Promise<string>((resolve, reject) => {
      const impatience = setTimeout(
        () => reject(new Error(`not said in time: ${pattern}: ${output}`)),
        30_000,
      );
      const look = () => {
        const [, found] = pattern.exec(output) ?? [];
        if (found === undefined) return;
        clearTimeout(impatience);
        listeners.delete(look);
        resolve(found);
      };
      listeners.add(look);
      look();
      void ended.then((how) => {
        clearTimeout(impatience);
        reject(new Error(`${command} ended (${how}): ${output}`));
      });
    });

  return { child, said: () => output, says, ended };
}

/** main.ts as it stands, without a build. */
export function startMain(env: NodeJS.ProcessEnv): Program {
  const main = join(__dirname, '..', 'main.ts');
  return startProgram(process.execPath, ['--conditions=source', '--import', 'tsx', main], env);
}
