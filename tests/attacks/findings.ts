// The findings of an attack. An attack without any check is itself a finding.

export type Findings = Readonly<{
  /** Records the finding `what` if `isSo` is false. */
  check(isSo: boolean, what: string): void;
  /** Prints a line for the operator. */
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
