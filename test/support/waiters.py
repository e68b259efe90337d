"""Judges answers as botocore's waiters do.

Reads a JSON list of [service, waiter, response] from the standard input, where a response has "Error" and
"ResponseMetadata" as botocore's have. Writes for each the state, and which acceptor decided. Reads expressions, too:
{"expressions": [...], "values": [...]} gets what jmespath finds for each pair of them.
"""

import json
import sys

import botocore.session
import jmespath
from botocore.waiter import is_valid_waiter_error
from jmespath.exceptions import JMESPathTypeError

request = json.load(sys.stdin)


def matches(acceptor, response):
    try:
        return bool(acceptor.matcher_func(response))
    except JMESPathTypeError:
        # botocore's wait raises this error. It matches nothing.
        return False


def judge(acceptors, response):
    for position, acceptor in enumerate(acceptors):
        if matches(acceptor, response):
            return [acceptor.state, position]
    return ["error" if is_valid_waiter_error(response) else "retry", None]


def find(expression, value):
    try:
        return {"found": expression.search(value)}
    except JMESPathTypeError:
        return {"mismatch": True}
    except TypeError:
        # jmespath looks for something else than a string in a string: nothing to compare with.
        return {"broken": True}


if isinstance(request, dict):
    compiled = [jmespath.compile(expression) for expression in request["expressions"]]
    json.dump([[find(each, value) for value in request["values"]] for each in compiled], sys.stdout)
else:
    session = botocore.session.get_session()
    models = {}
    answers = []
    for service, waiter, response in request:
        if service not in models:
            models[service] = session.get_waiter_model(service)
        key = (service, waiter)
        if key not in models:
            models[key] = models[service].get_waiter(waiter).acceptors
        answers.append(judge(models[key], response))
    json.dump(answers, sys.stdout)
