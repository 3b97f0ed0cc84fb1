// What the tests on a cluster share with those on one machine: people, and the proof of the promises.

export { openClient, type Client } from './chaos/history.js';
export { gather } from './chaos/people.js';
export { seeded } from './chaos/random.js';
export { conclude } from './chaos/report.js';
export type { System } from './chaos/snapshot.js';
export { done, refused, signUp, type Answer, type Person } from './person.js';
