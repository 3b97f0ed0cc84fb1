import { planPorts } from './ports.js';

test('PORT moves all ports', () => {
  expect(planPorts({})).toMatchObject({
    gateway: 8080,
    auth: 8081,
    payments: 8085,
    cards: 8086,
    mongo: 8087,
    redis: 8089,
    grafana: 8093,
    notifications: 8094,
    mail: 8095,
    inbox: 8096,
    web: 8097,
    inspect: 8098,
    mongo2: 8099,
    routes3: 8105,
    auth2: 8106,
    notifications4: 8123,
  });
  expect(planPorts({ PORT: '9080' })).toMatchObject({ gateway: 9080, orders: 9083, nats: 9088 });
});

test('each port has a variable of its own', () => {
  expect(planPorts({ ORDERS_PORT: '7000' })).toMatchObject({ gateway: 8080, orders: 7000, payments: 8085 });
});

test.each(['x', '0', '-1', '70000', '80.5'])(
  'PORT=%s is rejected, and the message names the variable',
  (PORT) => {
    expect(() => planPorts({ PORT })).toThrow(`PORT=${PORT} is not a port`);
  },
);
