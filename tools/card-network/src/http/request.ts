import type { IncomingMessage } from 'node:http';
import { ApiError, invalidParameter } from '../api/errors.js';

const MAX_BODY_BYTES = 100 * 1024;

export function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** @throws ApiError 413 for a body over 100 KiB */
export async function readBody(request: IncomingMessage): Promise<string> {
  if (request.headers['content-length'] === '0') return '';
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    });
    request.on('end', () => {
      if (size > MAX_BODY_BYTES) {
        return reject(new ApiError(413, { type: 'invalid_request_error', message: 'Request too large.' }));
      }
      const [first] = chunks;
      resolve((chunks.length === 1 && first ? first : Buffer.concat(chunks)).toString('utf8'));
    });
    request.on('error', reject);
  });
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidParameter('parameter_invalid', 'body', 'The body is not JSON.');
  }
}

export function unknownUrl(method: string, path: string): ApiError {
  return new ApiError(404, {
    type: 'invalid_request_error',
    message: `Unrecognized request URL (${method}: ${path}).`,
  });
}
