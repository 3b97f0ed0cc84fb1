export { createClient, type Client, type ClientOptions, type RequestOptions, type Result } from './client.js';
export type { components } from './generated.js';
export type { CodeOf, DataOf, InputOf, OperationName, ProblemOf } from './types.js';
