"""Starts a program with what we render, in a network of its own, and says in one line what came of it.

check.py litellm CONFIG VERSION | check.py open-webui COMPOSE VERSION
"""
import importlib.metadata
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import yaml

KEY = "sk-0123456789"


def main() -> None:
    kind, path, version = sys.argv[1:]
    if (seen := importlib.metadata.version(kind)) != version:
        print(f"{seen} is installed instead")
        return
    rendered = yaml.safe_load(pathlib.Path(path).read_text())
    print(check_litellm(path, rendered) if kind == "litellm" else check_open_webui(rendered))


def check_litellm(path: str, config: dict) -> str:
    """It lists exactly the models of its configuration."""
    program = ["/app/.venv/bin/litellm", "--config", path, "--port", "4000"]
    settings = {"LITELLM_MASTER_KEY": KEY, "VLLM_API_KEY": KEY, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    said = ask_program(program, settings, "http://127.0.0.1:4000/v1/models")
    if isinstance(said, str):
        return said
    listed = {model["id"] for model in said["data"]}
    wanted = {entry["model_name"] for entry in config["model_list"]}
    return "ok" if listed == wanted else f"lists {sorted(listed)} instead of {sorted(wanted)}"


def check_open_webui(compose: dict) -> str:
    """It reads every variable that we set, starts, and offers the login by OIDC and no other."""
    settings = {
        name: re.sub(r"\$\{.*", KEY, value)
        for name, value in compose["services"]["open-webui"]["environment"].items()
        if name not in {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"}  # the host's file, for the whole of Python
    }
    package = next(pathlib.Path("/app/.venv/lib").glob("python3*/site-packages"))
    sources = "".join(file.read_text() for file in (package / "open_webui").rglob("*.py"))
    # Read by libraries, not by Open WebUI's own source; the first by the next deploy.
    elsewhere = {"AI_STACK_INDEXED_BY", "DO_NOT_TRACK", "SCARF_NO_ANALYTICS", "ANONYMIZED_TELEMETRY", "UVICORN_WORKERS"}
    unknown = [name for name in settings if name not in elsewhere and not re.search(rf"\b{name}\b", sources)]
    if unknown:
        return f"does not know {', '.join(unknown)}"
    settings["DATA_DIR"] = tempfile.mkdtemp()
    program = ["/app/.venv/bin/open-webui", "serve", "--host", "127.0.0.1", "--port", "8080"]
    said = ask_program(program, settings, "http://127.0.0.1:8080/api/config")
    if isinstance(said, str):
        return said
    providers = said.get("oauth", {}).get("providers", {})
    form = said.get("features", {}).get("enable_login_form")
    return "ok" if "oidc" in providers and form is False else f"offers {providers}, login form {form}"


def ask_program(command: list[str], settings: dict, url: str) -> dict | str:
    """Its JSON answer, or what it said last when it gave none in three minutes."""
    log = pathlib.Path(tempfile.mkstemp()[1])
    with log.open("w") as output:
        program = subprocess.Popen(command, env=os.environ | settings, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline and program.poll() is None:
            try:
                request = urllib.request.Request(url, headers={"Authorization": f"Bearer {KEY}"})
                return json.load(urllib.request.urlopen(request, timeout=10))
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.5)
        lines = [line.strip() for line in log.read_text().splitlines() if line.strip()]
        return f"does not start: {lines[-1][:120] if lines else 'without a word'}"
    finally:
        program.kill()


main()
