// What the tests on a cluster need of the chaos tests: people, and the proof of the promises.

export { judge, promises } from './chaos/promises.js';
