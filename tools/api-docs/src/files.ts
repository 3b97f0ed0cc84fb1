// The committed description files. `npm run docs:api` writes them; a test compares them with the code.

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
