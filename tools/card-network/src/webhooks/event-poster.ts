// Sends one signed event over HTTP.
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Endpoint } from '../ledger/entry.js';
import { signature } from './signature.js';

const TIMEOUT_MS = 10_000;

export type Destination = Pick<Endpoint, 'url' | 'secret'>;
export type Outcome = Readonly<{ kind: 'accepted' | 'refused' | 'unreachable'; reason: string }>;

export class EventPoster {
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;

  constructor(maxSockets: number) {
    this.#http = new HttpAgent({ keepAlive: true, maxSockets });
    this.#https = new HttpsAgent({ keepAlive: true, maxSockets });
  }

  /** Never rejects; calls `done` once. A status outside 200–299 counts as refused. */
  post({ url, secret }: Destination, body: string, done: (outcome: Outcome) => void): void {
    const secure = url.startsWith('https:');
    const request = (secure ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      agent: secure ? this.#https : this.#http,
      timeout: TIMEOUT_MS,
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'Content-Length': Buffer.byteLength(body),
        'Stripe-Signature': signature(body, secret, Math.floor(Date.now() / 1000)),
        'User-Agent': 'Stripe/1.0 (local card network)',
      },
    });
    let responded = false;
    request.on('response', (response) => {
      const status = response.statusCode ?? 0;
      response.resume();
      responded = true;
      done({ kind: status >= 200 && status < 300 ? 'accepted' : 'refused', reason: `HTTP ${status}` });
    });
    request.on('timeout', () => request.destroy(new Error(`no response within ${TIMEOUT_MS} ms`)));
    request.on('error', (error) => {
      if (responded) return;
      responded = true;
      done({ kind: 'unreachable', reason: error.message });
    });
    request.end(body);
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}
