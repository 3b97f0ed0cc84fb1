export { createClient, type Client, type ClientOptions, type RequestOptions, type Result } from './client.js';
export {
  payOrder,
  placeOrder,
  placeOrderFor,
  type FreePlaces,
  type Offer,
  type PayOptions,
  type PlacedOrder,
  type SeenTicket,
  type Wanted,
} from './purchase.js';
export type { components } from './generated.js';
export { WatchRefused, type Watches, type WatchOptions } from './watch.js';
export type { CodeOf, DataOf, InputOf, OperationName, ProblemOf } from './types.js';
