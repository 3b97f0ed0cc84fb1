# A purchase by the client of openapi-python-client.

import os
import time
import uuid

from ticketing_client import AuthenticatedClient, Client
from ticketing_client.api.auth import sign_up
from ticketing_client.api.orders import place_order
from ticketing_client.api.payments import pay_order
from ticketing_client.api.tickets import create_ticket
from ticketing_client.models import (
    CreateTicketBody,
    ErrorResponse,
    Order,
    PayOrderBody,
    PlaceOrderBody,
    SignUpBody,
    StartedSession,
    Ticket,
)

url = os.environ["API"]


def new_user(name: str) -> AuthenticatedClient:
    body = SignUpBody(email=f"python-{name}-{uuid.uuid4()}@example.com", password="correct horse", token=True)
    started = sign_up.sync(client=Client(base_url=url), body=body)
    assert isinstance(started, StartedSession), started
    return AuthenticatedClient(base_url=url, token=str(started.token))


seller, buyer = new_user("seller"), new_user("buyer")
ticket = create_ticket.sync(client=seller, body=CreateTicketBody(title="Cup final, row 3", price="19.99"))
assert isinstance(ticket, Ticket), ticket
end = time.monotonic() + 60

# An order is refused as unavailable, after a second, until orders knows the ticket.
wanted = PlaceOrderBody(ticket_id=ticket.id, version=ticket.version)
order = place_order.sync(client=buyer, body=wanted)
while not isinstance(order, Order) and time.monotonic() < end:
    order = place_order.sync(client=buyer, body=wanted)
assert isinstance(order, Order), order


def pay() -> str:
    payment = pay_order.sync(client=buyer, body=PayOrderBody(order_id=order.id, token="tok_visa"))
    return "refused" if payment is None or isinstance(payment, ErrorResponse) else payment.status.value


# A payment is refused as unavailable, after a second, until payments knows the order, and then open until it is charged.
while pay() != "succeeded" and time.monotonic() < end:
    pass

late = place_order.sync(client=new_user("other"), body=PlaceOrderBody(ticket_id=ticket.id))
assert isinstance(late, ErrorResponse), late
print("the other buyer:", late.errors[0].code)
print("the payment:", pay())
