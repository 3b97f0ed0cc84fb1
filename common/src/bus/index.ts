// Opens the bus, and its stores in the service's database: dead letters and the broker's identity.

export { backoff } from './backoff.js';
export { type DeadLetter, type DeadLetters, deadLettersIn } from './dead-letters.js';
export { openBus } from './open-bus.js';
export { publishing } from './publishing.js';
export { brokerIdentityIn } from './republish.js';
