// docs/picture.svg: the shop, the services, their routes and stores, and every event from its publisher to its consumers.
// Drawn from the declarations; only positions, colours and one line per service are written here.

import { allEvents } from '@ticketing/common/events';
import { consumersOf, services, shop, type Service } from './tables.js';

const purposes: Readonly<Record<string, string>> = {
  auth: 'accounts, sessions',
  tickets: 'what is for sale',
  orders: 'who holds a place',
  expiration: 'a timer per order',
  payments: 'charges, refunds',
  notifications: 'mails, feeds',
};

const columnWidth = 158;
const boxWidth = 138;
const left = 176;
const edge = left + columnWidth * services.length;
const width = edge + 124;
const boxTop = 84;
const boxHeight = 104;
const busTop = boxTop + boxHeight + 36;
const laneHeight = 26;
const lanesTop = busTop + 48;
const lanesBottom = lanesTop + laneHeight * (allEvents.length - 1);
const busBottom = lanesBottom + 22;
const height = busBottom + 44;

const columnOf = (name: string) => services.findIndex((service) => service.name === name);
const shopCentre = left - columnWidth / 2;
const centre = (name: string) => left + columnWidth * columnOf(name) + columnWidth / 2;

/** The picture, as SVG; it follows the colour scheme of its reader. */
export function drawPicture(): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">
<!-- Generated from the declarations by \`npm run docs:api\`. Do not edit. -->
<title>Ticketing: the shop, six services, their stores and their events</title>
<desc>${escaped(description())}</desc>
${style}
<rect class="page" width="${width}" height="${height}" rx="12"/>
${entrance()}
${shopBox()}
${services.map(serviceBox).join('\n')}
${cardNetwork()}
${bus()}
${legend()}
</svg>
`;
}

function description(): string {
  return allEvents
    .map(
      ({ type, source }) => `${source} publishes ${type} to ${consumersOf(type).join(', ') || 'none yet'}.`,
    )
    .join(' ');
}

function entrance(): string {
  const x = shopCentre - boxWidth / 2;
  const middle = (x + edge) / 2 - 5;
  return `<rect class="box" x="${x}" y="16" width="${edge - x - 10}" height="28" rx="6"/>
${text(middle, 35, 'HTTP: ingress in a cluster, gateway with npm start', 'small middle')}`;
}

function serviceBox(service: Service): string {
  const { name, config } = service;
  const x = centre(name) - boxWidth / 2;
  const store = 'MONGO_URI' in config.shape ? 'MongoDB' : 'Redis';
  return `<g class="${name}">
${routesArrow(service)}
<rect class="box" x="${x}" y="${boxTop}" width="${boxWidth}" height="${boxHeight}" rx="8"/>
<rect class="band" x="${x}" y="${boxTop}" width="${boxWidth}" height="6" rx="3"/>
${text(centre(name), boxTop + 30, name, 'name middle')}
${text(centre(name), boxTop + 48, purposes[name] ?? '', 'small middle')}
${cylinder(centre(name), boxTop + 60, store)}
<line class="lifeline" x1="${centre(name)}" x2="${centre(name)}" y1="${boxTop + boxHeight}" y2="${lanesBottom + 8}"/>
</g>`;
}

function routesArrow({ name, routes }: Service): string {
  const [first] = routes;
  if (!first) return '';
  return requestArrow(centre(name), first.path.split('/').slice(0, 3).join('/'));
}

function requestArrow(x: number, prefix: string): string {
  return `<line class="link" x1="${x}" x2="${x}" y1="44" y2="${boxTop - 2}"/>
${arrowhead(x, boxTop - 1, 'down', 'tip')}
${text(x + 8, 67, prefix, 'code')}`;
}

/** No store and no lifeline: browsers get its files, and call the services themselves. */
function shopBox(): string {
  return `<g class="${shop.name}">
${requestArrow(shopCentre, '/')}
<rect class="box" x="${shopCentre - boxWidth / 2}" y="${boxTop}" width="${boxWidth}" height="${boxHeight}" rx="8"/>
<rect class="band" x="${shopCentre - boxWidth / 2}" y="${boxTop}" width="${boxWidth}" height="6" rx="3"/>
${text(shopCentre, boxTop + 30, shop.name, 'name middle')}
${text(shopCentre, boxTop + 48, 'the shop, as files', 'small middle')}
${text(shopCentre, boxTop + 66, 'for browsers', 'small middle')}
</g>`;
}

function cylinder(x: number, top: number, label: string): string {
  const half = 40;
  return `<path class="store" d="M${x - half} ${top + 5} v24 a${half} 5 0 0 0 ${2 * half} 0 v-24"/>
<ellipse class="store" cx="${x}" cy="${top + 5}" rx="${half}" ry="5"/>
${text(x, top + 26, label, 'small middle')}`;
}

function cardNetwork(): string {
  const y = boxTop + boxHeight / 2;
  const from = centre('payments') + boxWidth / 2;
  const to = edge + 30;
  const stripe = services.some(({ config }) => 'STRIPE_KEY' in config.shape);
  if (!stripe) return '';
  return `<line class="link" x1="${from}" x2="${to - 2}" y1="${y}" y2="${y}"/>
${arrowhead(to - 1, y, 'right', 'tip')}
<rect class="box" x="${to}" y="${y - 26}" width="82" height="52" rx="8"/>
${text(to + 41, y - 2, 'Stripe', 'name middle')}
${text(to + 41, y + 15, 'cards', 'small middle')}`;
}

function bus(): string {
  return `<rect class="bus" x="16" y="${busTop}" width="${edge - 26}" height="${busBottom - busTop}" rx="8"/>
${text(30, busTop + 24, 'NATS JetStream', 'name')}
${allEvents.map(lane).join('\n')}`;
}

type Event = (typeof allEvents)[number];

function lane({ type, source }: Event, index: number): string {
  const y = lanesTop + laneHeight * index;
  const consumers = consumersOf(type);
  const ends = [source, ...consumers].map(centre);
  const dead = consumers.length === 0 ? 30 : 0;
  return `<g class="${source}">
${text(30, y + 4, type, 'code')}
<line class="lane" x1="${Math.min(...ends)}" x2="${Math.max(...ends) + dead}" y1="${y}" y2="${y}"/>
${consumers.map((name) => consumerMark(source, name, y)).join('\n')}
<circle class="dot" cx="${centre(source)}" cy="${y}" r="5.5"/>
</g>`;
}

function consumerMark(source: string, consumer: string, y: number): string {
  const x = centre(consumer);
  // A publisher that consumes its own event gets a ring around its dot.
  if (consumer === source) return `<circle class="ring" cx="${x}" cy="${y}" r="9"/>`;
  return arrowhead(x, y, x > centre(source) ? 'right' : 'left', 'dot');
}

function legend(): string {
  const y = busBottom + 26;
  return `<g class="key">
<circle class="dot" cx="36" cy="${y - 4}" r="5.5"/>
${text(48, y, 'publishes', 'small')}
${arrowhead(138, y - 4, 'right', 'dot')}
${text(148, y, 'consumes', 'small')}
<circle class="dot" cx="232" cy="${y - 4}" r="5.5"/>
<circle class="ring" cx="232" cy="${y - 4}" r="9"/>
${text(248, y, 'both: the service consumes its own event', 'small')}
</g>`;
}

function arrowhead(x: number, y: number, direction: 'down' | 'left' | 'right', kind: string): string {
  const points = {
    down: [x, y, x - 5, y - 9, x + 5, y - 9],
    left: [x, y, x + 11, y - 6, x + 11, y + 6],
    right: [x, y, x - 11, y - 6, x - 11, y + 6],
  }[direction];
  return `<polygon class="${kind}" points="${points.join(' ')}"/>`;
}

const text = (x: number, y: number, content: string, kind: string) =>
  `<text class="${kind}" x="${x}" y="${y}">${escaped(content)}</text>`;

const escaped = (content: string) =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const colours: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  auth: ['#7c3aed', '#b79cff'],
  tickets: ['#0b6bcb', '#6cb6ff'],
  orders: ['#b45309', '#f0a94b'],
  expiration: ['#4b5563', '#a9b4c2'],
  payments: ['#15803d', '#57c785'],
  notifications: ['#be123c', '#fb7e95'],
  web: ['#0f766e', '#4fd1c5'],
  key: ['#1f2937', '#e6edf3'],
};

const coloursOf = (scheme: 0 | 1) =>
  Object.entries(colours)
    .map(([name, pair]) => `.${name} { --own: ${pair[scheme]} }`)
    .join(' ');

const style = `<style>
svg { --page: #ffffff; --text: #1f2937; --faint: #6b7280; --line: #c3cad5; --fill: #f6f8fa; }
${coloursOf(0)}
@media (prefers-color-scheme: dark) {
svg { --page: #0d1117; --text: #e6edf3; --faint: #9aa5b1; --line: #3d4652; --fill: #161b22; }
${coloursOf(1)}
}
.page { fill: var(--page) }
.box { fill: var(--fill); stroke: var(--line) }
.bus { fill: none; stroke: var(--line) }
.band, .dot { fill: var(--own) }
.store { fill: var(--page); stroke: var(--own) }
.lane, .ring { fill: none; stroke: var(--own); stroke-width: 1.6 }
.lifeline { stroke: var(--line); stroke-dasharray: 3 4 }
.link { stroke: var(--faint) }
.tip { fill: var(--faint) }
text { fill: var(--text); font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif }
.small { fill: var(--faint); font-size: 12.5px }
.name { font-weight: 600; font-size: 15px }
.code { font: 12.5px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
.middle { text-anchor: middle }
</style>`;
