// The page of the API description. Search looks at everything that an operation says: path, summary, fields, refusal codes.

/* global SwaggerUIBundle */

const words = (phrase) => phrase.toLowerCase().split(/\s+/).filter(Boolean);

function found(operation, phrase) {
  const text = `${operation.get('method')} ${operation.get('path')} ${JSON.stringify(operation.get('operation'))}`;
  return words(phrase).every((word) => text.toLowerCase().includes(word));
}

const search = ({ React }) => ({
  fn: {
    opsFilter: (taggedOperations, phrase) =>
      taggedOperations
        .map((tag) =>
          tag.update('operations', (operations) => operations.filter((one) => found(one, phrase))),
        )
        .filter((tag) => tag.get('operations').size > 0),
  },
  components: {
    FilterContainer: ({ layoutSelectors, layoutActions }) => {
      const filter = layoutSelectors.currentFilter();
      return React.createElement(
        'div',
        { className: 'wrapper' },
        React.createElement('input', {
          className: 'search',
          type: 'search',
          'aria-label': 'Search',
          placeholder: 'Search: a path, a word, a refusal code such as ticket-reserved',
          value: typeof filter === 'string' ? filter : '',
          onChange: ({ target }) => layoutActions.updateFilter(target.value),
        }),
      );
    },
  },
});

SwaggerUIBundle({
  url: '/api/docs/openapi.json',
  dom_id: '#api',
  plugins: [search],
  filter: true,
  deepLinking: true,
  displayOperationId: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  // No request goes to anybody else.
  validatorUrl: null,
  queryConfigEnabled: false,
});
