// Declares the commands of operators, and describes what they print.

export { command, UsageError } from './command.js';
export type { Found } from './find.js';
export type { HistoryEntry } from './history.js';
export { officeRoutes } from './office.js';
export type { SnapshotEntry } from './snapshot.js';
export type { Stuck } from './stuck.js';
