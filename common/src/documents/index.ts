// Everything that a store needs for its collections and queries.

export { batch } from './batch.js';
export { type Database } from './database.js';
export { type Documents } from './documents.js';
export { hashOf, openFailures, type Counted, type Failures } from './failures.js';
export { type Stored, toState, withoutBookkeeping } from './collection.js';
export { getOrLate, lateEventRetryAfterSeconds } from './late-event.js';
export { isDuplicateKey, results, runWrite } from './writes.js';
