import { BaseConfig, readConfig } from '../service/config.js';
import { createLogger } from './logger.js';
import { createMetrics } from './metrics.js';
import { startTracing } from './tracing.js';

jest.mock('@opentelemetry/sdk-trace-base', () => {
  throw new Error('the SDK is loaded');
});

const start = (env: Record<string, string>) => {
  const config = readConfig(BaseConfig, { JWT_KEY: 'x'.repeat(32), NATS_URL: 'nats://unused', ...env });
  return startTracing('test', config, createLogger('test', 'silent'), createMetrics());
};

test('without an endpoint the OpenTelemetry SDK is not loaded', async () => {
  const stop = await start({});
  await expect(stop()).resolves.toBeUndefined();
  await expect(start({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' })).rejects.toThrow('is loaded');
});

test.each([
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'key'],
  ['OTEL_SERVICE_NAME', 'two words'],
  ['OTEL_TRACES_SAMPLER', 'sometimes'],
  ['OTEL_TRACES_SAMPLER_ARG', '2'],
])('a bad value of %s is refused at the start', (name, value) => {
  expect(() => start({ [name]: value })).toThrow(
    expect.objectContaining({ name: 'ConfigError', message: expect.stringContaining(name) }),
  );
});
