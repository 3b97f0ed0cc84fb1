import { stripVTControlCharacters } from 'node:util';
import { formatLogLine } from './log-lines.js';

const line = JSON.stringify({ level: 'info', msg: 'request', requestId: 'r-7', traceId: 'abc', status: 201 });
const shown = (traced: boolean) => stripVTControlCharacters(formatLogLine('orders', 2, { line, traced }));

test('a line shows its trace id only when traces are collected', () => {
  expect(shown(true)).toBe('orders          info  request requestId=r-7 traceId=abc status=201');
  expect(shown(false)).toBe('orders          info  request requestId=r-7 status=201');
});
