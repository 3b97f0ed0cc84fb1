// The operator's commands for use in tests.
export { collectSnapshots } from './check.js';
export { describeDifference, findDifferences } from './compare-copies.js';
export { kubectlRunner, localRunner, type RunCommand } from './run-command.js';
