// Runs named steps, prints each result and counts them.

export type Steps = Readonly<{
  /** Runs a step and prints its name with the returned text. Resolves with true if it passed. */
  step(name: string, run: () => Promise<string | void>): Promise<boolean>;
  say(line: string): void;
  passed(): number;
  failed(): number;
}>;

export function createSteps(print: (line: string) => void): Steps {
  let [passed, failed] = [0, 0];
  return {
    async step(name, run) {
      const begin = performance.now();
      const seconds = () => `${((performance.now() - begin) / 1_000).toFixed(1)} s`;
      try {
        const result = await run();
        passed += 1;
        print(`ok    ${name}${result ? `: ${result}` : ''} (${seconds()})`);
        return true;
      } catch (error) {
        failed += 1;
        print(`FAIL  ${name} (${seconds()})`);
        print(indented(error instanceof Error ? (error.stack ?? error.message) : String(error)));
        return false;
      }
    },
    say: (line) => print(indented(line)),
    passed: () => passed,
    failed: () => failed,
  };
}

const indented = (text: string) => text.replaceAll(/^/gm, '      ');
