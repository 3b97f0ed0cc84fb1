// The text of the API description that no declaration contains.

const description = `
Sellers list tickets of one or more equal places. Buyers reserve places for a limited time and pay for them.

**Sessions.** Signing up and signing in set the cookie \`session\`, which a browser keeps. Another program sends \`token: true\` in the body: the answer then has the \`token\` of the session and sets no cookie. The program sends it as \`Authorization: Bearer\`. A session lasts 12 hours. State-changing requests from pages of another origin are rejected.

**Errors.** Every 4xx and 5xx response has the body \`{ "errors": [{ "code", "message", "field"? }] }\`. Codes are part of the API; messages are for people and may change. Checks run in this order: session (401), input (400), existence (404), ownership (403), state (409).

**Input.** Unknown query parameters and body fields are rejected. Times are ISO 8601 in UTC. Prices are decimal strings.

**Compatibility.** Responses may gain fields. Clients ignore fields that they do not know.

**Versions.** The \`ETag\` of a resource is its version. That of a ticket may add the version of its seller, whose name it shows. A GET with \`If-None-Match\` answers 304 when the resource is unchanged. A change with \`If-Match\` answers 412 when the version is another one.

**Retries.** A request without a response, or with 503, can be sent again. With an \`Idempotency-Key\`, a POST to tickets, orders or payments takes effect once in 24 hours, and a repeat gets the stored response. The same key with another body is rejected (422). A repeat during the first request answers 409 \`request-in-flight\`.

**Operators.** The operations under \`/office\` are for users with the role \`operator\`, which only the operator of the system can grant. Everybody else gets 403 \`not-an-operator\`.

**Live updates.** The operations whose names begin with \`watch\` answer with Server-Sent Events, without an end. The \`data\` of each message is JSON, as the corresponding GET shows it. The first message is the present state, each later one a changed state; states in between may be skipped. A stream ends when its session ends or the server restarts. Connect again then, after the time in \`retry\` and with the last id as \`Last-Event-ID\`.

**Events.** The events between the services are described in [asyncapi.json](/api/docs/asyncapi.json).

**Tracing.** The logs contain the \`X-Request-Id\` and the trace id of \`traceparent\` of each request.
`.trim();

// Reserved names, which nobody can own.
export const contact = {
  name: 'The maintainers of Ticketing',
  url: 'https://ticketing.example/contact',
  email: 'maintainers@ticketing.example',
};

export const about = {
  title: 'Ticketing',
  version: '1.0.0',
  description,
  contact,
  license: { name: 'MIT', identifier: 'MIT' },
};

export const tags = [
  { name: 'auth', description: 'Accounts and sessions.' },
  { name: 'tickets', description: 'Tickets for sale.' },
  {
    name: 'orders',
    description: 'Reservations of places of one or several tickets, each for a limited time.',
  },
  { name: 'payments', description: 'Payments of orders.' },
  { name: 'notifications', description: 'What people are told, and which mails they get.' },
];

/** The description of a successful response that is a stream. */
export const streamed =
  'A stream of Server-Sent Events. Its first message is the present state, and each later one a changed state.';

/** The description of a successful response, by status. */
export const success: Readonly<Record<string, string>> = {
  200: 'Success.',
  201: 'Created.',
  202: 'Accepted for processing; the result is not known yet.',
  204: 'Success, without a body.',
};
