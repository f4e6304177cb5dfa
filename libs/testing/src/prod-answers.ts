const directory = 'libs/inventory/environments/prod';

/** Sample values for the open keys of prod, as a test needs them; no claim about the real machines. */
export const prodAnswers = [
  { file: `${directory}/dns.yaml`, key: 'upstreams', value: ['10.2.1.1'] },
  { file: `${directory}/ingress.yaml`, key: 'network', value: 'proxy' },
  { file: `${directory}/ingress.yaml`, key: 'entrypoint', value: 'websecure' },
  { file: `${directory}/ingress.yaml`, key: 'certResolver', value: 'letsencrypt' },
  { file: `${directory}/sso.yaml`, key: 'url', value: 'https://auth.homehub.dk' },
  { file: `${directory}/sso.yaml`, key: 'applications.open-webui', value: 'openwebui' },
  { file: `${directory}/sso.yaml`, key: 'applications.litellm', value: 'litellm' },
  { file: `${directory}/sso.yaml`, key: 'groups.users', value: 'ai-users' },
  { file: `${directory}/sso.yaml`, key: 'groups.admins', value: 'ai-admins' },
  { file: `${directory}/hosts/management.yaml`, key: 'address', value: '10.2.1.131' },
  {
    file: `${directory}/hosts/management.yaml`,
    key: 'gpus',
    value: [{ device: '0', memoryGiB: 48 }],
  },
  { file: `${directory}/models/nomic-embed-text.yaml`, key: 'gpu.device', value: '0' },
  { file: `${directory}/models/qwen2.5-7b-instruct.yaml`, key: 'gpu.device', value: '0' },
  { file: `${directory}/models/qwen2.5-coder.yaml`, key: 'gpu.device', value: '0' },
];
