// A client with a fake API, for tests.

import { createClient, type Client } from '../index.js';

type Script = (Response | Error)[];

/** A client whose requests get these responses in order. */
export function clientOf(
  script: Script,
  options: { token?: string; retries?: number } = {},
): { client: Client; requests: Request[] } {
  const requests: Request[] = [];
  const answer = async (request: Request) => {
    requests.push(request);
    const next = script.shift();
    if (!next || next instanceof Error) throw next ?? new Error('an unexpected request');
    return next;
  };
  const client = createClient({ url: 'http://api.test', fetch: answer, ...options });
  return { client, requests };
}

export const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } });

export const refused = (status: number, code: string, headers?: Record<string, string>): Response =>
  json(status, { errors: [{ code, message: '…' }] }, headers);
