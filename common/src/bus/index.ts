// Opens the bus, and exports the types that a store of another kind than MongoDB implements.

export { backoff, createGate, pause } from './backoff.js';
export { type DeadLetter, type DeadLetters } from './dead-letters.js';
export {
  maxParked,
  claimedForMs,
  parkedIdOf,
  type ParkedMessage,
  type ParkedMessages,
} from './parked-messages.js';
export { openBus } from './open-bus.js';
export { busProbe } from './refusals.js';
export { publishWithSpan } from './publishing.js';
