// What operators ask of a service: histories, snapshots, backups.

export { backupOf } from './backup.js';
export type { HistoryEntry } from './history.js';
export type { SnapshotEntry } from './snapshot.js';
