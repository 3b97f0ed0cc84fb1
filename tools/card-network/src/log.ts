export type Log = (event: string, fields: Readonly<Record<string, unknown>>) => void;

/** Writes one JSON line to standard output. */
export const logLine: Log = (event, fields) => {
  process.stdout.write(
    `${JSON.stringify({ time: new Date().toISOString(), name: 'cards', event, ...fields })}\n`,
  );
};
