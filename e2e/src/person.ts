// A person with an HTTP client and a cookie.

import supertest from 'supertest';

export type Person = Awaited<ReturnType<typeof signUp>>;

let people = 0;

type Agent = ReturnType<typeof supertest.agent>;

/**
 * Signs up with an address of their own, and acts with the session that this gave them. `prepare` may tell their client
 * what every request needs.
 */
export async function signUp(url: string, prepare: (agent: Agent) => unknown = () => undefined) {
  const agent = supertest.agent(url);
  prepare(agent);
  people += 1;
  const email = `person-${process.pid}-${people}@example.com`;
  await agent.post('/api/users/signup').send({ email, password: 'correct horse' }).expect(201);

  return {
    email,
    agent,
    offers: async (title: string, price: string) =>
      (await agent.post('/api/tickets').send({ title, price }).expect(201)).body as { id: string },
    orders: (ticketId: string) => agent.post('/api/orders').send({ ticketId }),
    pays: (orderId: string, token: string) => agent.post('/api/payments').send({ orderId, token }),
    cancels: (orderId: string) => agent.delete(`/api/orders/${orderId}`),
    sees: async (path: string) => (await agent.get(path).expect(200)).body,
  };
}
