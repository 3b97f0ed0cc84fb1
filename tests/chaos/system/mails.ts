// The mail server of the scenario `mail`: its process, its faults, and the journal of what it accepted and refused.

import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, listens, root, serving, startChild } from '@ticketing/common/testing/servers';
import { supervise } from './supervised-process.js';

/** `id` names a mail that was accepted; `at`: milliseconds since 1970 */
export type JournalEntry = Readonly<
  | { what: 'accepted'; id: string; at: number; to: string; messageId: string }
  | { what: 'answered'; id: string; at: number }
  | { what: 'refused'; at: number; to: string }
>;

export type Behaviour = Readonly<{
  /** the pause between accepting a mail and saying so */
  answerAfterMs?: number;
  /** dies once, after it has accepted a mail and before it says so */
  dies?: boolean;
}>;

export type MailServer = Awaited<ReturnType<typeof startMailServer>>;

/** `refused` is an address without a mailbox. */
export async function startMailServer(refused: string) {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'ticketing-mails-'));
  const journal = join(folder, 'journal.jsonl');
  writeFileSync(journal, '');
  const program = join(root, 'tests', 'dist', 'chaos', 'system', 'mail-server.js');
  const env = { ...process.env, PORT: `${port}`, FOLDER: folder, REFUSED: refused };
  const start = async () => {
    const child = startChild({ name: 'mail server', program: process.execPath, args: [program], env });
    await serving(child, () => listens(port));
    return child;
  };
  const deaths: number[] = [];
  const server = await supervise({ name: 'mail server', start, onExit: () => deaths.push(Date.now()) });
  return {
    url: `smtp://127.0.0.1:${port}`,
    kill: server.kill,
    /** when it has died: milliseconds since 1970 */
    deaths,
    /** From the next mail on. */
    behave(behaviour: Behaviour): void {
      const draft = join(folder, 'draft.json');
      writeFileSync(draft, JSON.stringify(behaviour));
      renameSync(draft, join(folder, 'behaviour.json'));
    },
    journal: (): JournalEntry[] =>
      readFileSync(journal, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as JournalEntry),
    async stop(): Promise<void> {
      await server.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
