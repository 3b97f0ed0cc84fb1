// Reads a stream of Server-Sent Events as a client would, and as a test needs it: with control over the connection.

import { request, type IncomingMessage } from 'node:http';

export type OpenedStream = Readonly<{
  status: number;
  /** the parsed `data` of each message so far */
  messages: readonly unknown[];
  /** the id of the last message */
  lastId: () => string | undefined;
  /** the text so far, with comments and `retry` */
  text: () => string;
  /** resolves when the server has ended the stream, or the connection is lost */
  ended: Promise<void>;
  hasEnded: () => boolean;
  /** the answer itself; paused, it takes no further bytes */
  answer: IncomingMessage;
  close(): void;
}>;

/** Resolves when the answer begins. The stream of an error has its body as the text. */
export function openStream(url: string, headers: Record<string, string> = {}): Promise<OpenedStream> {
  return new Promise((resolve, reject) => {
    // Without an agent, each stream has a connection of its own.
    const asking = request(url, { headers, agent: false }, (answer) => {
      let text = '';
      let rest = '';
      let lastId: string | undefined;
      let hasEnded = false;
      const messages: unknown[] = [];
      answer.setEncoding('utf8');
      answer.on('error', () => undefined);
      answer.on('data', (chunk: string) => {
        text += chunk;
        rest += chunk;
        // Searching a large message after each of its chunks would take quadratic time.
        if (!chunk.includes('\n')) return;
        for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
          const message = rest.slice(0, end);
          rest = rest.slice(end + 2);
          lastId = /^id: (.*)$/m.exec(message)?.[1] ?? lastId;
          const data = /^data: (.*)$/m.exec(message)?.[1];
          if (data !== undefined) messages.push(JSON.parse(data));
        }
      });
      const ended = new Promise<void>((done) => answer.once('close', () => done())).then(() => {
        hasEnded = true;
      });
      resolve({
        status: answer.statusCode ?? 0,
        messages,
        lastId: () => lastId,
        text: () => text,
        ended,
        hasEnded: () => hasEnded,
        answer,
        close: () => asking.destroy(),
      });
    });
    asking.once('error', reject);
    asking.end();
  });
}
