// A client that sends what it is told, however odd: no URL is tidied, no header added, no redirect followed.

import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';

export type Request = Readonly<{
  method?: string;
  /** as it goes on the wire */
  path: string;
  headers?: Readonly<Record<string, string | readonly string[]>>;
  /** bytes, or anything that is sent as JSON */
  body?: unknown;
}>;

export type Reply = Readonly<{
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** undefined when it is none */
  json: unknown;
}>;

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const patienceMs = 15_000;

/** @throws when there is no answer at all */
export function ask(base: string, { method = 'GET', path, headers = {}, body }: Request): Promise<Reply> {
  const { hostname, port } = new URL(base);
  const isJson = body !== undefined && typeof body !== 'string' && !Buffer.isBuffer(body);
  const bytes = isJson ? JSON.stringify(body) : (body as string | Buffer | undefined);
  const type = isJson ? { 'Content-Type': 'application/json' } : {};
  const length = bytes === undefined ? {} : { 'Content-Length': Buffer.byteLength(bytes) };
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        agent,
        hostname,
        port,
        method,
        path,
        headers: { ...type, ...length, ...headers },
        timeout: patienceMs,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) });
        });
      },
    );
    asked.once('timeout', () => asked.destroy(new Error(`no answer within ${patienceMs / 1_000} s`)));
    asked.once('error', reject);
    asked.end(bytes);
  });
}

/** Writes bytes to a connection of its own, and resolves with all that comes back until it is closed or quiet. */
export function askRaw(base: string, bytes: string | Buffer, quietMs = 300): Promise<string> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setTimeout(quietMs, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A reset is an answer too.
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
