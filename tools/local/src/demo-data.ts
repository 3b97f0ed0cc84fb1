// The data of `npm start -- --demo`: invented people, places and events.

export type DemoPerson = Readonly<{ email: string; name: string; locale: 'en' | 'de'; timeZone: string }>;

export type DemoTicket = Readonly<{
  seller: DemoPerson;
  title: string;
  price: string;
  quantity?: number;
  event: Readonly<{
    name: string;
    venue: string;
    timeZone: string;
    /** days from today, and the time on the clock of the venue */
    inDays: number;
    at: string;
  }>;
}>;

export type DemoSale = Readonly<{ buyer: DemoPerson; title: string; quantity: number; isPaid: boolean }>;

/** Everybody's password: the data is on this machine only. */
export const demoPassword = 'a seat in the front row';

const berlin = 'Europe/Berlin';
const london = 'Europe/London';
const newYork = 'America/New_York';

const person = (email: string, name: string, locale: 'en' | 'de', timeZone: string): DemoPerson => ({
  ...{ email, name, locale, timeZone },
});

const harbour = person('harbour.hall@example.com', 'Harbour Hall', 'de', berlin);
const lantern = person('lantern.street@example.com', 'Lantern Street Theatre', 'en', london);
const mira = person('mira@example.com', 'Mira', 'de', berlin);
const theo = person('theo@example.com', 'Theo', 'en', london);
const juna = person('juna@example.com', 'Juna', 'en', newYork);

export const demoPeople = { sellers: [harbour, lantern, mira], buyers: [theo, juna] };

const paperLanterns = {
  ...{ name: 'The Paper Lanterns', venue: 'Harbour Hall, Hamburg', timeZone: berlin },
  ...{ inDays: 24, at: '20:00' },
};

export const demoTickets: readonly DemoTicket[] = [
  {
    ...{ seller: harbour, title: 'The Paper Lanterns: standing', price: '38.50', quantity: 600 },
    event: paperLanterns,
  },
  {
    ...{ seller: mira, title: 'The Paper Lanterns: balcony, row 1, seat 7', price: '52.00' },
    event: paperLanterns,
  },
  {
    ...{ seller: harbour, title: 'Quiet Piano by Candlelight', price: '29.00', quantity: 40 },
    event: {
      ...{
        name: 'Quiet Piano by Candlelight',
        venue: 'Harbour Hall, small stage, Hamburg',
        timeZone: berlin,
      },
      ...{ inDays: 9, at: '21:00' },
    },
  },
  {
    ...{ seller: harbour, title: 'Moonlight Cinema: The Lighthouse Cat', price: '12.00', quantity: 150 },
    event: {
      ...{ name: 'Moonlight Cinema', venue: 'The Old Boathouse, Hamburg', timeZone: berlin },
      ...{ inDays: 41, at: '21:30' },
    },
  },
  {
    ...{ seller: lantern, title: 'The Tin Nightingale: stalls', price: '45.00', quantity: 220 },
    event: {
      ...{ name: 'The Tin Nightingale, a clockwork opera', venue: 'Lantern Street Theatre, London' },
      ...{ timeZone: london, inDays: 17, at: '19:30' },
    },
  },
  {
    ...{ seller: lantern, title: 'The Tin Nightingale: royal box, seat 1', price: '140.00' },
    event: {
      ...{ name: 'The Tin Nightingale, a clockwork opera', venue: 'Lantern Street Theatre, London' },
      ...{ timeZone: london, inDays: 17, at: '19:30' },
    },
  },
  {
    ...{ seller: lantern, title: 'Late Jazz at the Blue Door', price: '27.00', quantity: 60 },
    event: {
      ...{ name: 'Late Jazz', venue: 'The Blue Door, London', timeZone: london },
      ...{ inDays: 33, at: '20:30' },
    },
  },
  {
    ...{ seller: lantern, title: 'Ghost Walk along the Old Canal', price: '15.00', quantity: 20 },
    event: {
      ...{ name: 'Ghost Walk', venue: 'Lock Cottage, London', timeZone: london },
      ...{ inDays: 5, at: '22:00' },
    },
  },
  {
    ...{ seller: mira, title: 'Comets v Old Town United: stand C', price: '24.00', quantity: 2_500 },
    event: {
      ...{ name: 'Comets v Old Town United', venue: 'Meadow Stadium, Bremen', timeZone: berlin },
      ...{ inDays: 12, at: '15:30' },
    },
  },
  {
    ...{ seller: mira, title: 'Comets v Old Town United: seat beside the bench', price: '85.00' },
    event: {
      ...{ name: 'Comets v Old Town United', venue: 'Meadow Stadium, Bremen', timeZone: berlin },
      ...{ inDays: 12, at: '15:30' },
    },
  },
  {
    ...{ seller: mira, title: 'Saturday Bread: bake with sourdough', price: '65.00', quantity: 8 },
    event: {
      ...{ name: 'Saturday Bread', venue: 'The Flour Room, Berlin', timeZone: berlin },
      ...{ inDays: 14, at: '10:00' },
    },
  },
  {
    ...{ seller: mira, title: 'Stars over the Heath: an evening at the telescope', price: '0', quantity: 30 },
    event: {
      ...{ name: 'Stars over the Heath', venue: 'Heath Observatory, Lüneburg', timeZone: berlin },
      ...{ inDays: 20, at: '22:15' },
    },
  },
  {
    ...{ seller: lantern, title: 'Robot Gardening Fair: day pass', price: '18.00', quantity: 1_000 },
    event: {
      ...{ name: 'Robot Gardening Fair', venue: 'Pier 9 Greenhouses, New York', timeZone: newYork },
      ...{ inDays: 58, at: '10:00' },
    },
  },
];

export const demoSales: readonly DemoSale[] = [
  { buyer: theo, title: 'The Paper Lanterns: balcony, row 1, seat 7', quantity: 1, isPaid: true },
  { buyer: juna, title: 'The Tin Nightingale: royal box, seat 1', quantity: 1, isPaid: false },
  { buyer: juna, title: 'Quiet Piano by Candlelight', quantity: 19, isPaid: true },
  { buyer: theo, title: 'Quiet Piano by Candlelight', quantity: 18, isPaid: true },
  { buyer: theo, title: 'Saturday Bread: bake with sourdough', quantity: 5, isPaid: true },
  { buyer: juna, title: 'Comets v Old Town United: stand C', quantity: 4, isPaid: true },
  { buyer: theo, title: 'Stars over the Heath: an evening at the telescope', quantity: 2, isPaid: false },
  { buyer: juna, title: 'The Tin Nightingale: stalls', quantity: 3, isPaid: true },
];
