// The descriptions as they are committed: written by `npm run docs:api`, compared by a test.

import { root } from '@ticketing/common/testing/servers';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeEvents } from './asyncapi.js';
import { describeApi } from './openapi.js';

const folder = join(root, 'docs', 'api');

export const descriptions = { 'openapi.json': describeApi, 'asyncapi.json': describeEvents } as const;

type Name = keyof typeof descriptions;
const names = Object.keys(descriptions) as Name[];

export const textOf = (name: Name) => `${JSON.stringify(descriptions[name](), null, 2)}\n`;
export const pathOf = (name: Name) => join(folder, name);
export const committed = (name: Name) => readFileSync(pathOf(name), 'utf8');
export const write = () => names.forEach((name) => writeFileSync(pathOf(name), textOf(name)));
