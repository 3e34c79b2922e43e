"""A session, with nothing but Python's standard library.

    python3 predict.py "The state of the uni"
"""

import json
import os
import sys
from urllib.request import Request, urlopen

URL = os.environ.get("AFTERWORD_URL", "http://127.0.0.1:8787")
KEY = os.environ.get("AFTERWORD_KEY")


def call(method, path, body=None):
    headers = {"content-type": "application/json"}
    if KEY:
        headers["authorization"] = f"Bearer {KEY}"
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(URL + path, data, headers, method=method)) as response:
        return json.loads(response.read() or "null")


text = sys.argv[1] if len(sys.argv) > 1 else "The state of the uni"
session = call("POST", "/v1/sessions", {})
# from position 0 on the session's text is now this one; a repeated call changes nothing
answer = call("POST", f"/v1/sessions/{session['id']}/predict", {"at": 0, "text": text})
for prediction in answer["predictions"]:
    replace = prediction.get("replace", 0)
    kept = text[: len(text) - replace] if replace else text
    print(f"{prediction['probability']:7.1%}  {kept}{prediction['insert']}")
call("DELETE", f"/v1/sessions/{session['id']}")
