// Opens the bus, and the stores that belong to it.

export { backoff } from './backoff.js';
export { type DeadLetter, type DeadLetters, deadLettersIn } from './dead-letters.js';
export { openBus } from './open-bus.js';
export { publishing } from './publishing.js';
export { brokerIdentityIn } from './republish.js';
