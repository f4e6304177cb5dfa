export { type EnvFile, formatEnv, parseEnv, parseEnvFile } from './env-file';
export { readProvided } from './read-provided';
export { redact } from './redact';
export { resolveSecrets } from './resolve-secrets';
