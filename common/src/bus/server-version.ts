/** Compares dotted version numbers; a missing part is 0, and a suffix after a dash is ignored. */
export function olderThan(version: string, floor: string): boolean {
  const parts = (text: string) => text.split('-')[0]?.split('.').map(Number) ?? [];
  const [a, b] = [parts(version), parts(floor)];
  const difference = [0, 1, 2].find((index) => (a[index] ?? 0) !== (b[index] ?? 0));
  return difference !== undefined && (a[difference] ?? 0) < (b[difference] ?? 0);
}
