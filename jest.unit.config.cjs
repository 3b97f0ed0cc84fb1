// The tests that need no server at all: seconds for all of them.
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
