import { BaseConfig, readConfig } from '../service/config.js';
import { createLogger } from './logger.js';
import { createMetrics } from './metrics.js';
import { openTracer } from './open-tracer.js';

jest.mock('./otlp.js', () => {
  throw new Error('OpenTelemetry is loaded');
});

const open = (env: Record<string, string>) => {
  const config = readConfig(BaseConfig, { JWT_KEY: 'x'.repeat(32), NATS_URL: 'nats://unused', ...env });
  return openTracer('test', config, createLogger('test', 'silent'), createMetrics());
};

test('without an endpoint OpenTelemetry is not even loaded', async () => {
  expect((await open({})).on).toBe(false);
  await expect(open({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' })).rejects.toThrow('is loaded');
});
