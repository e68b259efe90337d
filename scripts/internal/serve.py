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


def one_at_a_time(application):
    # moto's state isn't made for threads: a list that is read while another request deletes from it is a 500. Connections
    # are still served side by side.
    turn = threading.Lock()

    def serve(environ, start_response):
        with turn:
            return application(environ, start_response)

    return serve


threading.Thread(target=end_with_parent, daemon=True).start()
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = make_server(
    "127.0.0.1",
    0,
    one_at_a_time(DomainDispatcherApplication(create_backend_app)),
    threaded=True,
    request_handler=MotoRequestHandler,
)
print(server.port, flush=True)
server.serve_forever()
