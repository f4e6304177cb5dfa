"""Compiles what vLLM imports to serve a model of the Qwen2 family.

Files in a layer have no useful times, so the compiled ones are marked to be never checked against
their source (PEP 552: flags 1, then the hash of the source).
"""

import importlib
import importlib.util
import pathlib
import sysconfig

for module in """
    vllm.entrypoints.cli.main
    vllm.entrypoints.cli.benchmark.main
    vllm.entrypoints.cli.collect_env
    vllm.entrypoints.cli.launch
    vllm.entrypoints.cli.openai
    vllm.entrypoints.cli.run_batch
    vllm.entrypoints.cli.serve
    vllm.entrypoints.generate.api_router
    vllm.entrypoints.launchers.api_server.app_state
    vllm.entrypoints.launchers.api_server.entry
    vllm.entrypoints.launchers.api_server.routers
    vllm.entrypoints.openai.chat_completion.serving
    vllm.entrypoints.openai.completion.serving
    vllm.entrypoints.openai.responses.serving
    vllm.entrypoints.serve.tokenize.api_router
    vllm.model_executor.models.qwen2
    vllm.tokenizers.hf
    vllm.tool_parsers.hermes_tool_parser
    vllm.v1.core.sched.scheduler
    vllm.v1.engine.async_llm
    vllm.v1.engine.core
    vllm.v1.executor.multiproc_executor
    vllm.v1.worker.cpu_model_runner
    vllm.v1.worker.cpu_worker
    torch._inductor.scheduler
    torch.export
    fsspec
    uvicorn.protocols.http.auto
    uvicorn.protocols.websockets.auto
""".split():
    importlib.import_module(module)

packages = pathlib.Path(sysconfig.get_path("purelib"))
for compiled in packages.rglob("*.pyc"):
    source = importlib.util.source_from_cache(str(compiled))
    digest = importlib.util.source_hash(pathlib.Path(source).read_bytes())
    body = compiled.read_bytes()
    compiled.write_bytes(body[:4] + (1).to_bytes(4, "little") + digest + body[16:])
