import { dockerProgram } from '@ai-stack/docker';

/** The engine that a deploy asks. */
const docker = dockerProgram().join(' ');

/** Prints a part of a name or label if `condition` holds. */
const when = (condition: string, text: string) => `{{if ${condition}}}${text}{{end}}`;

/**
 * A Go template for `docker inspect`: one JSON line a container, with the few things that say how Traefik and Authentik
 * are set up. Environment, password hashes and values of resolver flags never leave the host.
 */
export const containerFormat = [
  '{"name":{{json .Name}},"image":{{json .Config.Image}},"running":{{json .State.Running}}',
  ',"labels":[{{range $key, $value := .Config.Labels}}{{$part := split $key "."}}',
  when(
    'and (eq (index $part 0) "traefik") (gt (len $part) 1)',
    when(
      'or (eq (index $part 1) "enable" "docker") ' +
        '(and (gt (len $part) 4) (or (eq (index $part 2) "routers") (eq (lower (index $part 4)) "forwardauth")))',
      '[{{json $key}},{{json $value}}],',
    ),
  ),
  '{{end}}null]',
  ',"networks":[{{range $name, $_ := .NetworkSettings.Networks}}{{json $name}},{{end}}null]',
  ',"arguments":[{{range .Args}}{{$key := index (split . "=") 0}}{{$kind := index (split (lower $key) ".") 0}}',
  when('eq $kind "--certificatesresolvers"', '{{json $key}},'),
  when(
    'or (eq $kind "--entrypoints") (eq (lower $key) "--providers.docker.network")',
    '{{json .}},',
  ),
  '{{end}}null]',
  ',"login":[{{range .Config.Env}}',
  when('eq (index (split . "=") 0) "OPENID_PROVIDER_URL"', '{{json .}},'),
  '{{end}}null]}',
].join('');

/**
 * One read-only look at a host: every section begins with `@@name`. `$1` is the container format, the rest are names
 * to resolve there. What is missing on the host leaves its section empty.
 */
export const surveyScript = `
LC_ALL=C; export LC_ALL
format=$1; shift
mark() { printf '\\n@@%s\\n' "$1"; }
has() { command -v "$1" >/dev/null 2>&1; }
mark connection; printf '%s\\n' "\${SSH_CONNECTION:-}"
mark addresses; if has ip; then ip -o addr show scope global; fi 2>/dev/null
mark resolvers; cat /etc/resolv.conf 2>/dev/null
mark stub; cat /run/systemd/resolve/resolv.conf 2>/dev/null
mark listeners; if has ss; then ss -H -lntup | grep -E ':53[[:space:]]'; fi 2>/dev/null
mark keys; for file in /etc/ssh/ssh_host_*_key.pub; do [ -r "$file" ] && ssh-keygen -lf "$file"; done 2>/dev/null
mark gpus; if has nvidia-smi; then nvidia-smi --query-gpu=index,memory.total,name --format=csv,noheader,nounits; fi 2>&1
mark devices; ls -d /dev/nvidia[0-9]* /dev/kfd 2>/dev/null
mark names
for name do getent ahosts "$name" 2>/dev/null | while read -r address rest; do printf '%s %s\\n' "$name" "$address"; done; done
mark engine; if has docker; then ${docker} version --format '{{.Server.Version}}' 2>&1; else echo 'docker is not installed'; fi
mark containers
if has docker; then ${docker} ps -q 2>/dev/null | xargs -r ${docker} inspect --format "$format" 2>/dev/null; fi
mark traefik
if has docker; then
  ${docker} ps -q 2>/dev/null |
    xargs -r ${docker} inspect --format '{{range .Mounts}}{{.Source}}|{{.Destination}}{{"\\n"}}{{end}}' 2>/dev/null |
    while IFS='|' read -r source target; do
      case $target in
        /etc/traefik | /etc/traefik/) set -- "$source/traefik.yml" "$source/traefik.yaml" ;;
        /etc/traefik/traefik.y*ml | /traefik.y*ml) set -- "$source" ;;
        *) continue ;;
      esac
      for file do if [ -r "$file" ]; then printf '# %s\\n' "$file"; sed 's/^/> /' "$file"; fi; done
    done
fi
mark end
`;
