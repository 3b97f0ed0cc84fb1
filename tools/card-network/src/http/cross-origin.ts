// A shop on another origin may call the routes for browsers. They need no cookie, so any origin may.
import type { Exchange } from './response.js';

export function allowAnyOrigin({ response }: Exchange): void {
  response.setHeader('Access-Control-Allow-Origin', '*');
}

/** Answers the question that a browser asks before a request with a JSON body or an authorization header. */
export function sendPreflight(exchange: Exchange): void {
  allowAnyOrigin(exchange);
  exchange.response
    .writeHead(204, {
      'Access-Control-Allow-Methods': 'GET, POST',
      'Access-Control-Allow-Headers': 'Accept, Authorization, Content-Type, Stripe-Version',
      'Access-Control-Max-Age': '300',
    })
    .end();
}
