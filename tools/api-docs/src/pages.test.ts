import { meanings } from './meanings.js';
import { committedPage, pageNames, pages } from './pages.js';
import { variables } from './variables.js';

test.each(pageNames)('%s is what the code declares (if not: npm run docs:api)', (name) => {
  expect(committedPage(name)).toBe(pages[name]());
});

test('every variable has a meaning, and no meaning is left over', () => {
  expect(Object.keys(meanings).sort()).toEqual(variables.map(({ name }) => name).sort());
});
