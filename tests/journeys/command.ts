// Runs a program from the repository root.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { root } from '@ticketing/common/testing/servers';

export type CommandResult = Readonly<{ code: number; output: string }>;

/** `output` is stdout followed by stderr. */
export function run(program: string, args: readonly string[], env: object = {}): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(program, [...args], { env: { ...process.env, ...env }, cwd: root }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
}

/** `npm run ops` on the system with this environment, which SECURE started with `--secure`. */
export function runOps(args: readonly string[], env: object): Promise<CommandResult> {
  const program = join(root, 'tools', 'ops', 'dist', 'main.js');
  return run(process.execPath, [program, ...args, ...(process.env['SECURE'] ? ['--secure'] : [])], env);
}
