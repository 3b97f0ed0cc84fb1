import { Gauge, Registry } from 'prom-client';
import { readGauges } from './gauges.js';

test('gauges keep their values while they are read, and lose them when the reading fails', async () => {
  const registry = new Registry();
  const of = (name: string, labelNames: string[] = []) =>
    new Gauge({ name, help: name, labelNames, registers: [registry] });
  const [plain, labelled] = [of('plain'), of('labelled', ['status'])];
  const lines = async () => (await registry.metrics()).split('\n').filter((line) => /^\w/.test(line));
  plain.set(1);
  labelled.set({ status: 'pending' }, 2);

  const seen = await readGauges([plain, labelled], lines);
  expect(seen).toEqual(['plain 1', 'labelled{status="pending"} 2']);

  const failing = readGauges([plain, labelled], () => Promise.reject(new Error('away')));
  await expect(failing).rejects.toThrow('away');
  expect(await lines()).toEqual([]);
});
