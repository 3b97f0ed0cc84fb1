// Declares routes, answers and sessions.

export { type Answer, created, noContent, ok, send, acceptedForProcessing } from './answers.js';
export { type Route, del, get, post, put } from './app.js';
export { requireSameVersion, etagOf } from './conditional.js';
export { type RefusalTable, commonRefusals } from './errors.js';
export type { Files } from './files.js';
export { networkOf } from './network.js';
export { linkToNext, nextPage, pageQuery } from './paging.js';
export { endSessions, revokedSessionsIn } from './revoked-sessions.js';
export { anyone, handle, optional, required } from './route.js';
export { type User, issueToken, sessionKeys, verifyToken } from './session.js';
