// The description of an operation: what its declaration implies, and a line for each of its refusals.

import type { Route } from '@ticketing/common/http';
import type { Code } from './refusals.js';

type Declaration = Route['endpoint']['declaration'];

const sessionText = {
  required: 'Needs a session.',
  operator: 'Needs the session of an operator.',
  optional: 'A session is optional.',
  anyone: 'Needs no session.',
} as const;

const beginsText =
  'The session that begins is a cookie, or with `token: true` in the body the `token` of the answer.';
const idempotentText =
  'With an `Idempotency-Key` it takes effect once, and a repeat gets the stored response.';
const streamText = 'The answer is a stream of Server-Sent Events without an end.';

// Refusals of every operation, which the text about the whole API explains.
const common = ['invalid-input', 'invalid-json', 'internal-error', 'unavailable'];

/** Markdown: the conditions of a call, and the refusals that a client decides by. The summary says what it does. */
export function descriptionOf({ method, endpoint: { declaration } }: Route, codes: readonly Code[]): string {
  const refusals = codes
    .filter(({ code, message }) => !common.includes(code) && message !== '')
    .map(({ code, status, message }) => `- ${status} \`${code}\`: ${message}`);
  const paragraphs = [
    conditions(method, declaration).join(' '),
    ...(refusals.length > 0 ? [`Refusals:\n\n${refusals.join('\n')}`] : []),
  ];
  return paragraphs.join('\n\n');
}

const conditions = (method: Route['method'], declaration: Declaration): string[] => [
  sessionText[declaration.user],
  ...(declaration.session === 'begins' ? [beginsText] : []),
  ...(declaration.streams ? [streamText] : []),
  ...(declaration.idempotent ? [idempotentText] : []),
  ...(declaration.versioned ? [versionText(method)] : []),
];

const versionText = (method: Route['method']): string =>
  method === 'get'
    ? 'With `If-None-Match` it answers 304 while the version is the same.'
    : 'The `ETag` of the answer is the version.';
