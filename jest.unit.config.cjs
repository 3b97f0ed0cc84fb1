// The tests that need no servers; all of them run in seconds.
const base = require('./jest.config.cjs');

module.exports = {
  projects: base.projects.map((project) => ({
    ...project,
    testPathIgnorePatterns: [
      ...project.testPathIgnorePatterns,
      '\\.service\\.test\\.ts$',
      '/tests/(?!cluster/)',
    ],
  })),
};
