import * as measures from './measures.js';

const base = 'http://127.0.0.1';
const target = {
  tickets: `${base}:28082`,
  orders: `${base}:28083`,
  payments: `${base}:28085`,
  gateway: `${base}:28082`,
  jwtKey: process.env['JWT_KEY'] ?? '',
};
const names = process.argv.slice(2) as (keyof typeof measures)[];
void (async () => {
  for (const name of names) console.log(name, await measures[name](target));
})();
