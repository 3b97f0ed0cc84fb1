// Routes, answers and sessions: what a service declares its HTTP API with.

export { issueLinkToken, readLinkToken } from './account-links.js';
export { acceptedForProcessing, created, noContent, ok, send, stream, type Answer } from './answers.js';
export { etagOf, requireSameVersion } from './conditional.js';
export { commonRefusals, type RefusalTable } from './errors.js';
export type { Files } from './files.js';
export { problemWith } from './input.js';
export { networkOf } from './network.js';
export { linkToNext, nextPage, pageQuery } from './paging.js';
export { anyone, del, get, handle, operator, optional, post, put, required, type Route } from './route.js';
export { sessionKeys } from './session-keys.js';
export { issueToken, Role, verifyToken, type User } from './session.js';
