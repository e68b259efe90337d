# Sends the presigned requests of its argument, and prints how they were answered.
import json
import sys

import requests

asked = json.loads(sys.argv[1])
session = requests.Session()
session.trust_env = False
put, get, form = asked["put"], asked["get"], asked["form"]

uploaded = session.request(put["method"], put["url"], headers=put["headers"], data=b"content")
downloaded = session.request(get["method"], get["url"], headers=get["headers"])
posted = session.post(form["url"], data=form["fields"], files={"file": ("ü.txt", b"posted")})

print(json.dumps({
    "put": uploaded.status_code,
    "get": [downloaded.status_code, downloaded.text, downloaded.headers["content-type"]],
    "form": posted.status_code,
}))
