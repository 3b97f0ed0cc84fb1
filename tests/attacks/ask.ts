// An HTTP client that sends requests unchanged: it normalises no URL, adds no header and follows no redirect.

import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';

export type Request = Readonly<{
  method?: string;
  /** sent to the server unchanged */
  path: string;
  headers?: Readonly<Record<string, string | readonly string[]>>;
  /** a string or bytes, sent as they are; anything else is sent as JSON */
  body?: unknown;
}>;

export type Reply = Readonly<{
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** undefined if the body is no JSON, such as a stream */
  json: unknown;
}>;

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
/** Longer than REQUEST_TIMEOUT_MS of the system under attack. */
const timeoutMs = 60_000;

/** @throws Error without an answer */
export function ask(base: string, { method = 'GET', path, headers = {}, body }: Request): Promise<Reply> {
  const { hostname, port } = new URL(base);
  const isJson = body !== undefined && typeof body !== 'string' && !Buffer.isBuffer(body);
  const bytes = isJson ? JSON.stringify(body) : (body as string | Buffer | undefined);
  const type = isJson ? { 'Content-Type': 'application/json' } : {};
  const length = bytes === undefined ? {} : { 'Content-Length': Buffer.byteLength(bytes) };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        agent,
        hostname,
        port,
        method,
        path,
        headers: { ...type, ...length, ...headers },
        timeout: timeoutMs,
      },
      (response) => {
        const chunks: Buffer[] = [];
        const end = () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) });
        };
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          if (!isStream(response.headers)) return;
          // A stream has no end. Its first bytes are the present state.
          end();
          response.destroy();
        });
        response.once('error', reject);
        response.once('end', end);
      },
    );
    outgoing.once('timeout', () => outgoing.destroy(new Error(`No answer within ${timeoutMs / 1_000} s.`)));
    outgoing.once('error', reject);
    outgoing.end(bytes);
  });
}

const isStream = (headers: IncomingHttpHeaders) =>
  headers['content-type']?.startsWith('text/event-stream') === true;

/** Writes bytes to a new connection. Resolves with everything received until it is closed or silent for `quietMs`. */
export function askRaw(base: string, bytes: string | Buffer, quietMs = 300): Promise<string> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setTimeout(quietMs, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A reset counts as an answer.
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
