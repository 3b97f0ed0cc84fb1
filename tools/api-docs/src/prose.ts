// What the description says that no declaration knows.

const description = `
Tickets are listed, reserved for their buyer until a window closes, and paid.

**Sessions.** Signing up and signing in set the cookie \`session\`. Programs send it back, or send the token in it as \`Authorization: Bearer\`. Changes asked for by pages of another origin are refused.

**Refusals.** Every answer that is not 2xx has the body \`{ "errors": [{ "code", "message", "field"? }] }\`. Codes are part of the API, messages are for people. They are checked in this order: session (401), input (400), existence (404), ownership (403), state (409). An answer may gain fields; programs ignore those that they do not know.

**Input.** An unknown query parameter is refused, an unknown field of a body is ignored. Times are ISO 8601 in UTC, prices are decimal strings.

**Versions.** The \`ETag\` of a thing is its version. \`If-None-Match\` asks for it only if it has changed (304), \`If-Match\` changes it only if it has not (412).

**Repeating.** A request that got no answer, or 503, can be sent again. With an \`Idempotency-Key\` a POST of tickets, orders or payments takes effect once in 24 hours and its answer is given again; the same key with another body is refused (422), and while the first is still being answered the second is told to wait (409 request-in-flight).

**Events.** What the services tell each other is described in [asyncapi.json](/api/docs/asyncapi.json).

**Tracing.** \`X-Request-Id\` and \`traceparent\` of a request are kept, and lead to its log lines.
`.trim();

export const about = {
  title: 'Ticketing',
  version: '1.0.0',
  description,
  license: { name: 'MIT', identifier: 'MIT' },
};

export const tags = [
  { name: 'auth', description: 'Who somebody is.' },
  { name: 'tickets', description: 'What is for sale.' },
  { name: 'orders', description: 'Who holds a ticket, and until when.' },
  { name: 'payments', description: 'What has been paid for it.' },
];

/** By status. */
export const success: Readonly<Record<string, string>> = {
  200: 'Done.',
  201: 'Made.',
  202: 'Under way; ask again.',
  204: 'Done; there is nothing to tell.',
};
