# Schemathesis signs up a user, and another one when the session is rejected.
# https://schemathesis.readthedocs.io/en/stable/guides/auth/

import ast
import json
import os
import threading
import urllib.request
import uuid

import schemathesis

# Workers are threads, and parsing in threads is unsafe in older Pythons: https://github.com/python/cpython/issues/106905
parse = ast.parse
parsing = threading.RLock()


def parse_locked(*args, **kwargs):
    with parsing:
        return parse(*args, **kwargs)


ast.parse = parse_locked

gateway = os.environ["TICKETING_URL"]


# A sign-out would end the session that all other requests use.
@schemathesis.auth().skip_for(path="/api/users/signout")
class Session:
    def get(self, case, context):
        body = {"email": f"{uuid.uuid4()}@example.com", "password": f"a horse of {uuid.uuid4()}"}
        request = urllib.request.Request(
            f"{gateway}/api/users/signup",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return answer.headers["Set-Cookie"].split(";")[0]

    def set(self, case, data, context):
        case.cookies = case.cookies or {}
        name, value = data.split("=", 1)
        case.cookies[name] = value
