"""Serves moto on a free loopback port, prints the port, and ends when its standard input does."""

import logging
import os
import sys
import threading

from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server


def end_with_parent() -> None:
    # The parent holds the other end of this pipe. The system closes it when the parent ends, however it ends.
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end_with_parent, daemon=True).start()
logging.getLogger("werkzeug").setLevel(logging.ERROR)
moto = DomainDispatcherApplication(create_backend_app)
one_at_a_time = threading.Lock()


def application(environ, start_response):
    # Moto isn't safe for threads: listing what another request deletes meanwhile is an HTTP 500.
    with one_at_a_time:
        return moto(environ, start_response)


server = make_server(
    "127.0.0.1",
    0,
    application,
    threaded=True,
    request_handler=MotoRequestHandler,
)
print(server.port, flush=True)
server.serve_forever()
