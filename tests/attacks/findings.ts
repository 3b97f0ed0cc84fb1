// What an attack found. An attack that checked nothing has found that.

export type Findings = Readonly<{
  /** one thing that must be so; `what` is read when it is not */
  check(isSo: boolean, what: string): void;
  /** what an operator should read beside the result */
  note(line: string): void;
  checks(): number;
  found(): readonly string[];
}>;

export function openFindings(say: (line: string) => void): Findings {
  const found = new Map<string, number>();
  let checks = 0;
  return {
    check(isSo, what) {
      checks += 1;
      if (isSo) return;
      if (!found.has(what)) say(`FOUND: ${what}`);
      found.set(what, (found.get(what) ?? 0) + 1);
    },
    note: say,
    checks: () => checks,
    found: () =>
      checks === 0
        ? ['nothing was checked']
        : [...found].map(([what, times]) => (times > 1 ? `${what} (${times} times)` : what)),
  };
}
