import type { DataOf } from '@ticketing/client';

type Currency = DataOf<'showTicket'>['currency'];

// Complete by type. An installation may sell in some of them only; the API says which.
const all: Readonly<Record<Currency, true>> = {
  ...{ aud: true, bhd: true, cad: true, chf: true, clp: true, dkk: true, eur: true, gbp: true, jod: true },
  ...{ jpy: true, krw: true, kwd: true, nok: true, nzd: true, omr: true, pln: true, sek: true, tnd: true },
  ...{ usd: true, vnd: true },
};

export const currencies = Object.keys(all);
