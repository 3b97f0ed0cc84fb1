// node tests/dist/chaos/system/mail-server.js: the mail server of the scenario `mail`, in a process of its own. It writes
// each mail to its journal before it answers. The file `behaviour.json` in its folder says how it misbehaves.

import { randomUUID } from 'node:crypto';
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import type { Behaviour, JournalEntry } from './mails.js';

const { PORT = '', FOLDER = '', REFUSED = '' } = process.env;
const behaviourFile = join(FOLDER, 'behaviour.json');

function behaviour(): Behaviour {
  try {
    return JSON.parse(readFileSync(behaviourFile, 'utf8')) as Behaviour;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

function record(entry: JournalEntry): void {
  appendFileSync(join(FOLDER, 'journal.jsonl'), `${JSON.stringify(entry)}\n`);
}

const messageIdIn = (mail: string) => /^message-id:\s*(\S+)/im.exec(mail)?.[1] ?? 'no Message-ID';

/** Each mail of notifications has one recipient. */
async function accept(mail: string, [to = 'nobody']: readonly string[]): Promise<void> {
  const { answerAfterMs = 0, dies = false } = behaviour();
  const id = randomUUID();
  record({ what: 'accepted', id, at: Date.now(), to, messageId: messageIdIn(mail) });
  if (dies) {
    // Only this once.
    rmSync(behaviourFile);
    process.kill(process.pid, 'SIGKILL');
  }
  await delay(answerAfterMs);
  record({ what: 'answered', id, at: Date.now() });
}

const server = new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  onRcptTo({ address }, _session, answer) {
    if (address !== REFUSED) return answer();
    record({ what: 'refused', at: Date.now(), to: address });
    answer(Object.assign(new Error('There is no such mailbox.'), { responseCode: 550 }));
  },
  onData(stream, { envelope }, answer) {
    const recipients = envelope.rcptTo.map(({ address }) => address);
    text(stream)
      .then((mail) => accept(mail, recipients))
      .then(() => answer(), answer);
  },
});
// A killed client resets its connection, which must not end this process.
server.on('error', () => undefined);
server.listen(Number(PORT), '127.0.0.1');
