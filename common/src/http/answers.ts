import type { ServerResponse } from 'node:http';

export type Answer = Readonly<{ status: number; body?: unknown; headers?: Readonly<Record<string, string>> }>;

export const ok = (body: unknown, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status: 200,
  body,
  headers,
});
export const created = (body: unknown, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status: 201,
  body,
  headers,
});
/** 202: it is on its way, ask again. */
export const acceptedForProcessing = (
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer => ({
  status: 202,
  body,
  headers,
});
export const noContent = (): Answer => ({ status: 204 });

export type Problem = Readonly<{ code: string; message: string; field?: string }>;

/** The body of every answer that is not 2xx. */
export function problems(...errors: readonly Problem[]) {
  return { errors };
}

/**
 * Writes JSON without Express' content negotiation, which costs more than the answer. All headers in one call: with nothing
 * set before, as in a refusal of overload, that is the least that Node can do.
 */
export function send(response: ServerResponse, { status, body, headers }: Answer): void {
  if (body === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  const text = JSON.stringify(body);
  response
    .writeHead(status, {
      ...headers,
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(text),
    })
    .end(text);
}
