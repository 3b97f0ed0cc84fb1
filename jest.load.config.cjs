// The tests of what others experience during attacks and load. Each needs both cores, so they run one after the other.
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
