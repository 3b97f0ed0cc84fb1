// The tests that measure what others experience during an attack. Nothing else may run beside them.
const base = require('./jest.config.cjs');

module.exports = {
  ...base,
  projects: base.projects
    .filter(({ displayName }) => displayName === 'tests')
    .map((project) => ({
      ...project,
      testMatch: ['**/*.load.test.ts'],
      testPathIgnorePatterns: ['/tests/cluster/'],
    })),
  maxWorkers: 1,
};
