// Compares the Mermaid sequence diagrams of a document with the declarations: every service, event, route and answer
// in them must exist. https://mermaid.js.org/syntax/sequenceDiagram.html

import { allEvents } from '@ticketing/common/events';
import { commonRefusals } from '@ticketing/common/http';
import { refusalsOf } from './refusals.js';
import { consumersOf, services } from './tables.js';

/** Participants that are not services. People are actors. */
const infrastructure = ['MongoDB', 'Redis', 'NATS', 'Stripe'];

type Arrow = Readonly<{ from: string; to: string; text: string; isReply: boolean; line: string }>;
type Request = Readonly<{ from: string; to: string; answers: ReadonlySet<string> }>;

/** The sequence diagrams of a Markdown text, without their fences. */
export function diagramsOf(markdown: string): string[] {
  return [...markdown.matchAll(/```mermaid\n(sequenceDiagram\n[^]*?)```/g)].map(
    ([, diagram = '']) => diagram,
  );
}

/** The mistakes of a diagram: everything in it that is not declared. One sentence each. */
export function mistakesIn(diagram: string): string[] {
  const lines = diagram.split('\n').map((line) => line.trim());
  const named = (kind: RegExp) => lines.flatMap((line) => kind.exec(line)?.[1] ?? []);
  const systems = named(/^participant (\S+)$/);
  const participants = [...systems, ...named(/^actor (\S+)$/)];
  const unknown = systems
    .filter((name) => !infrastructure.includes(name) && !isService(name))
    .map((name) => `${name} is no service`);

  const requests: Request[] = [];
  const arrows = lines.flatMap((line) => arrowIn(line) ?? []);
  return [...unknown, ...arrows.flatMap((arrow) => mistakesOf(arrow, participants, requests))];
}

function arrowIn(line: string): Arrow | undefined {
  const match = /^(\w+)(-{1,2})(?:>>|\)|x)(\w+): (.*)$/.exec(line);
  if (!match) return undefined;
  const [, from = '', dashes, to = '', text = ''] = match;
  return { from, to, text, isReply: dashes === '--', line };
}

function mistakesOf(arrow: Arrow, participants: readonly string[], requests: Request[]): string[] {
  const { from, to, line } = arrow;
  const undeclared = [from, to].filter((name) => !participants.includes(name));
  const mistakes = [
    ...undeclared.map((name) => `${name} is no participant`),
    ...eventMistakes(arrow),
    ...(arrow.isReply ? answerMistakes(arrow, requests) : routeMistakes(arrow, requests)),
  ];
  return mistakes.map((mistake) => `${line}: ${mistake}`);
}

/** An event goes from its publisher to a consumer, or by way of the broker. */
function eventMistakes({ from, to, text }: Arrow): string[] {
  return [...text.matchAll(/\b[a-z]+:[a-z]+(?:-[a-z]+)*\b/g)].flatMap(([type]) => {
    const event = allEvents.find((one) => one.type === type);
    if (!event) return [`${type} is no event`];
    const publishes = !isService(from) || event.source === from;
    const consumes = !isService(to) || consumersOf(type).includes(to);
    return [
      ...(publishes ? [] : [`${from} does not publish ${type}`]),
      ...(consumes ? [] : [`${to} does not consume ${type}`]),
    ];
  });
}

/** A request names a route of the service that it goes to. */
function routeMistakes({ from, to, text }: Arrow, requests: Request[]): string[] {
  const [, method = '', path = ''] = /^(GET|POST|PUT|DELETE) (\/api\/\S+)/.exec(text) ?? [];
  if (method === '') return [];
  const service = services.find(({ name }) => name === to);
  const route = service?.routes.find((one) => one.path === path && one.method === method.toLowerCase());
  if (!service || !route) return [`${to} has no route ${method} ${path}`];

  const successes = Object.keys(route.endpoint.declaration.answers);
  const refusals = refusalsOf(route, { ...commonRefusals, ...service.refusals });
  const answers = [...successes, ...refusals.map(({ status, code }) => `${status} ${code}`)];
  requests.push({ from, to, answers: new Set(answers) });
  return [];
}

/** A reply with a status belongs to the last request between the two, and is one of its declared answers. */
function answerMistakes({ from, to, text }: Arrow, requests: readonly Request[]): string[] {
  const [answer, status = '', refusal] = /^(\d{3})(?: ([a-z]+(?:-[a-z]+)+))?/.exec(text) ?? [];
  if (answer === undefined) return [];
  const request = requests.findLast((one) => one.from === to && one.to === from);
  if (!request) return [`${from} was not asked by ${to}`];
  const named = refusal === undefined ? status : `${status} ${refusal}`;
  return request.answers.has(named) ? [] : [`the route does not answer ${named}`];
}

const isService = (name: string) => services.some((service) => service.name === name);
