// What the commands of operators print: histories and snapshots.

export type { HistoryEntry } from './history.js';
export type { SnapshotEntry } from './snapshot.js';
