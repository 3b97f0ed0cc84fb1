const { existsSync } = require('node:fs');
const { join } = require('node:path');

// All workspaces in one run, each a project; `npm test -w orders` selects one.
const commonjs = [
  '@swc/jest',
  { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
];
// The shop has its pages beside the sources of its server.
const rootsOf = (name) => {
  const roots = [`${name}/src`, ...(name === 'web' ? ['web/app'] : [])];
  return (existsSync(join(__dirname, name, 'src')) ? roots : [name]).map((path) => `<rootDir>/${path}`);
};
const manifests = {
  globalSetup: '<rootDir>/tests/setup/manifests-setup.cjs',
  globalTeardown: '<rootDir>/tests/setup/manifests-teardown.cjs',
};
const project = (name) => ({
  displayName: name,
  rootDir: __dirname,
  roots: rootsOf(name),
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['\\.load\\.test\\.ts$', ...(name === 'tests' ? ['/tests/cluster/'] : [])],
  testEnvironment: name === 'tests' ? '<rootDir>/tests/setup/environment.cjs' : 'node',
  moduleNameMapper: {
    '^@ticketing/client$': '<rootDir>/client/src/index.ts',
    '^@ticketing/common/(.+)$': '<rootDir>/common/src/$1',
    '^@ticketing/(api-docs|local|ops)$': '<rootDir>/tools/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['/dist/', '/.data/'],
  // Jest's module loader rejects ES modules: the trace exporter's dynamic import of `http`.
  transform: { '^.+\\.ts$': commonjs, '/otlp-exporter-base/.+\\.js$': commonjs },
  transformIgnorePatterns: ['/node_modules/(?!@opentelemetry/otlp-exporter-base/)'],
  ...(name === 'tests/cluster' && manifests),
});

const workspaces = [
  'common',
  'auth',
  'tickets',
  'orders',
  'expiration',
  'payments',
  'notifications',
  'client',
  'web',
  'tools/local',
  'tools/card-network',
  'tools/ops',
  'tools/api-docs',
  'tests',
  'tests/cluster',
];

module.exports = {
  projects: workspaces.map(project),
  // The slowest test waits 65 s for its windows, beside other work; another machine may be four times slower.
  testTimeout: 300_000,
  maxWorkers: 2,
  globalSetup: '<rootDir>/tests/setup/global-setup.cjs',
  globalTeardown: '<rootDir>/tests/setup/global-teardown.cjs',
};
