// One run over all workspaces; `npm test -w orders` selects its project.
const commonjs = [
  '@swc/jest',
  { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
];
const project = (name) => ({
  displayName: name,
  rootDir: __dirname,
  roots: [`<rootDir>/${name}/src`],
  testMatch: ['**/*.test.ts'],
  testEnvironment: 'node',
  moduleNameMapper: {
    '^@ticketing/(client|common|dev|e2e)$': '<rootDir>/$1/src/index.ts',
    '^@ticketing/common/testing$': '<rootDir>/common/src/testing/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['/dist/', '/.data/'],
  // The exporter of traces loads `http` by import(), which jest's module loader refuses.
  transform: { '^.+\\.ts$': commonjs, '/otlp-exporter-base/.+\\.js$': commonjs },
  transformIgnorePatterns: ['/node_modules/(?!@opentelemetry/otlp-exporter-base/)'],
});

const workspaces = [
  'common',
  'auth',
  'tickets',
  'orders',
  'expiration',
  'payments',
  'client',
  'e2e',
  'dev',
  'infra/test',
];

module.exports = {
  projects: workspaces.map(project),
  // Ends what hangs. A test that starts twenty programs needs 44 s on a machine that does other work.
  testTimeout: 120_000,
  maxWorkers: 2,
  globalSetup: '<rootDir>/dev/jest/global-setup.cjs',
  globalTeardown: '<rootDir>/dev/jest/global-teardown.cjs',
};
