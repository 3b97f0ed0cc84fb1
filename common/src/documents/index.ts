// Opens the database of a service and the collections in it.

export { batch } from './batch.js';
export { type Database, openDatabase } from './database.js';
export { type Documents, openDocuments } from './documents.js';
export { type Stored, toState, withoutBookkeeping } from './collection.js';
export { idempotencyKeysIn } from './idempotency-keys.js';
export { initiateReplicaSet } from './replica-set.js';
