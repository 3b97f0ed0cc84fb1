/**
 * Limits what is reported per key. The first report of a key is written at once; those of the following second become one,
 * the latest with their number. A burst of failures then costs a few log lines.
 */
export function oncePerSecond<T>(
  write: (report: T, count: number) => void,
): (key: string, report: T) => void {
  const pending = new Map<string, { report: T; count: number }>();
  return (key, report) => {
    const further = pending.get(key);
    if (further) {
      further.report = report;
      further.count += 1;
      return;
    }
    write(report, 1);
    pending.set(key, { report, count: 0 });
    setTimeout(() => {
      const { report: latest, count } = pending.get(key) ?? { report, count: 0 };
      pending.delete(key);
      if (count > 0) write(latest, count);
    }, 1_000).unref();
  };
}
