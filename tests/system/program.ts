// The frame of the test programs: they print, stop on a signal, and end with the exit code of their work.

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Runs the program. It exits with the code of `main`, 2 after an error, 130 after a signal; child processes end with it. */
export function runProgram(main: () => Promise<number>): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  main().then(
    (code) => process.exit(code),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exit(2);
    },
  );
}
