const folder = 'libs/inventory/environments/prod';

/** Sample values for the open keys of prod, as a test needs them; no claim about the real machines. */
export const prodAnswers = [
  { file: `${folder}/dns.yaml`, key: 'upstreams', value: ['10.2.1.1'] },
  { file: `${folder}/ingress.yaml`, key: 'network', value: 'proxy' },
  { file: `${folder}/ingress.yaml`, key: 'entrypoint', value: 'websecure' },
  { file: `${folder}/ingress.yaml`, key: 'certResolver', value: 'letsencrypt' },
  { file: `${folder}/sso.yaml`, key: 'url', value: 'https://auth.homehub.dk' },
  { file: `${folder}/sso.yaml`, key: 'applications.open-webui', value: 'openwebui' },
  { file: `${folder}/sso.yaml`, key: 'applications.litellm', value: 'litellm' },
  { file: `${folder}/sso.yaml`, key: 'groups.users', value: 'ai-users' },
  { file: `${folder}/sso.yaml`, key: 'groups.admins', value: 'ai-admins' },
  { file: `${folder}/hosts/management.yaml`, key: 'address', value: '10.2.1.131' },
  {
    file: `${folder}/hosts/management.yaml`,
    key: 'gpus',
    value: [{ device: '0', memoryGiB: 48 }],
  },
  { file: `${folder}/models/nomic-embed-text.yaml`, key: 'gpu.device', value: '0' },
  { file: `${folder}/models/qwen2.5-7b-instruct.yaml`, key: 'gpu.device', value: '0' },
  { file: `${folder}/models/qwen2.5-coder.yaml`, key: 'gpu.device', value: '0' },
];
