// A mail server for tests. It keeps what it accepts, and can refuse, be slow, or be away.

import { freePort } from '@ticketing/common/testing/servers';
import { SMTPServer } from 'smtp-server';

export type Received = Readonly<{
  to: string;
  raw: string;
  headers: ReadonlyMap<string, string>;
  /** the text part */
  text: string;
}>;

type Behaviour = Readonly<{
  /** SMTP code for this recipient; undefined accepts */
  refuse?: (address: string) => number | undefined;
  /** SMTP code after the data; undefined accepts */
  refuseData?: () => number | undefined;
  /** Is the connection lost after the mail is accepted and before the answer? */
  loseAnswer?: () => boolean;
  delayMs?: number;
  /** The answer to a mail to this address waits for the result. */
  hold?: (address: string) => Promise<void> | undefined;
}>;

export type Mailbox = Awaited<ReturnType<typeof openMailbox>>;

export async function openMailbox() {
  const port = await freePort();
  const mails: Received[] = [];
  let behaviour: Behaviour = {};
  let server: SMTPServer | undefined;

  const create = () =>
    new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      logger: false,
      closeTimeout: 100,
      onRcptTo({ address }, _session, callback) {
        callback(failure(behaviour.refuse?.(address)));
      },
      onData(stream, { id, envelope }, callback) {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
        stream.on('end', () => {
          const error = failure(behaviour.refuseData?.());
          if (!error)
            for (const { address } of envelope.rcptTo) mails.push(parse(address, Buffer.concat(chunks)));
          if (!error && behaviour.loseAnswer?.()) return disconnect(id);
          const { delayMs, hold } = behaviour;
          const held = Promise.all(envelope.rcptTo.map(async ({ address }) => hold?.(address)));
          void held.then(() => setTimeout(() => callback(error), delayMs ?? 0));
        });
      },
    });

  function disconnect(id: string): void {
    for (const connection of server?.connections ?? [])
      if (connection.id === id) connection._socket.destroy();
  }

  async function open(): Promise<void> {
    const opened = create();
    server = opened;
    opened.on('error', () => undefined);
    await new Promise<void>((resolve) => opened.listen(port, '127.0.0.1', resolve));
  }
  async function close(): Promise<void> {
    const closing = server;
    server = undefined;
    if (closing) await new Promise<void>((resolve) => closing.close(() => resolve()));
  }
  await open();

  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    mailsTo: (address: string) => mails.filter(({ to }) => to === address),
    behave: (next: Behaviour) => void (behaviour = next),
    ...{ open, close },
  };
}

function failure(responseCode: number | undefined): Error | null {
  // As real servers do, the text names the address.
  const text = '5.1.1 <secret-address@example.com> says no';
  return responseCode === undefined ? null : Object.assign(new Error(text), { responseCode });
}

function parse(to: string, bytes: Buffer): Received {
  const raw = bytes.toString('utf8');
  const [head = ''] = raw.split('\r\n\r\n', 1);
  const lines = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  return { to, raw, headers, text: decoded(partOf(raw, 'text/plain')) };
}

function partOf(raw: string, type: string): string {
  const [, part = ''] = raw.split(`Content-Type: ${type}`);
  const [, encoding = ''] = /Content-Transfer-Encoding: (\S+)/.exec(part) ?? [];
  const body = part.slice(part.indexOf('\r\n\r\n') + 4).split('\r\n----')[0] ?? '';
  return `${encoding}\n${body}`;
}

function decoded(part: string): string {
  const [encoding = '', ...body] = part.split('\n');
  const text = body.join('\n');
  if (encoding === 'base64') return Buffer.from(text, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return text;
  const bytes = text
    .replaceAll(/=\r?\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
