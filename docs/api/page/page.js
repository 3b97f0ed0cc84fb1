// The page of the API description. Search looks at everything that an operation says: path, summary, fields, refusal codes.

/* global SwaggerUIBundle */

const words = (phrase) => phrase.toLowerCase().split(/\s+/).filter(Boolean);

function found(operation, phrase) {
  const text = `${operation.get('method')} ${operation.get('path')} ${JSON.stringify(operation.get('operation'))}`;
  return words(phrase).every((word) => text.toLowerCase().includes(word));
}

const links = [
  ['OpenAPI', '/api/docs/openapi.json'],
  ['AsyncAPI', '/api/docs/asyncapi.json'],
];

// The operations come first; the text about all of them can be opened.
const createLayout = (h) =>
  function Layout({ getComponent, specSelectors, errSelectors }) {
    const part = (name, container = true) => h(getComponent(name, container));
    const info = specSelectors.info();
    const failed = errSelectors.allErrors().size > 0;
    if (!info.get('title') && !failed) return h('p', { className: 'wrapper', role: 'status' }, 'Loading…');
    return h(
      'div',
      { className: 'swagger-ui' },
      h(getComponent('SvgAssets')),
      h(
        'header',
        { className: 'wrapper top' },
        h('h1', null, `${info.get('title')} API`),
        h(
          'nav',
          { 'aria-label': 'Files' },
          links.map(([name, href]) => h('a', { key: name, href }, name)),
        ),
      ),
      h(
        'main',
        null,
        part('errors'),
        h(
          'details',
          { className: 'wrapper about' },
          h('summary', null, 'Sessions, errors, versions, retries'),
          h(getComponent('Markdown', true), { source: info.get('description') }),
          part('AuthorizeBtnContainer'),
        ),
        part('FilterContainer'),
        h(
          'section',
          { className: 'wrapper' },
          h('h2', { className: 'visually-hidden' }, 'Operations'),
          part('operations'),
        ),
        h('div', { className: 'wrapper' }, part('Models')),
      ),
    );
  };

const createFilter = (h) =>
  function FilterContainer({ layoutSelectors, layoutActions }) {
    const filter = layoutSelectors.currentFilter();
    return h(
      'div',
      { className: 'wrapper', role: 'search' },
      h('input', {
        className: 'search',
        type: 'search',
        'aria-label': 'Search',
        placeholder: 'A path, a word, a code such as ticket-reserved',
        value: typeof filter === 'string' ? filter : '',
        onChange: ({ target }) => layoutActions.updateFilter(target.value),
      }),
    );
  };

const page = ({ React }) => {
  const h = React.createElement;
  return {
    fn: {
      opsFilter: (taggedOperations, phrase) =>
        taggedOperations
          .map((tag) =>
            tag.update('operations', (operations) => operations.filter((one) => found(one, phrase))),
          )
          .filter((tag) => tag.get('operations').size > 0),
    },
    components: {
      Layout: createLayout(h),
      FilterContainer: createFilter(h),
      // Inside of a button a link cannot be reached by all. The button changes the address by itself.
      DeepLink: ({ text }) => h('span', null, text),
    },
  };
};

// What the library's parts lack for keyboards and screen readers.
const labels = {
  'select.examples-select-element': 'Example',
  '.response-controls select, .body-param-content-type select, .opblock-section-header select': 'Media type',
  'textarea.body-param__text': 'Body',
  '.close-modal': 'Close',
};
const all = (selector) => document.querySelectorAll(selector);
function describeControls() {
  for (const [controls, label] of Object.entries(labels))
    for (const control of all(controls)) control.setAttribute('aria-label', label);
  for (const control of all('tr[data-param-name] :is(input, select)'))
    control.setAttribute('aria-label', control.closest('tr').dataset.paramName);
  // The visible text names these better.
  for (const button of all('.modal-ux button[aria-label="Apply credentials"]'))
    button.removeAttribute('aria-label');
  for (const table of all('table[role="region"]')) table.removeAttribute('role');
  for (const text of all('.swagger-ui pre:not([tabindex])')) text.tabIndex = 0;
}
new MutationObserver(describeControls).observe(document.body, { childList: true, subtree: true });

SwaggerUIBundle({
  url: '/api/docs/openapi.json',
  dom_id: '#api',
  layout: 'Layout',
  plugins: [page],
  filter: true,
  deepLinking: true,
  displayOperationId: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  // No request goes to anybody else.
  validatorUrl: null,
  queryConfigEnabled: false,
});
