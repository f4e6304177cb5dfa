export { formatEnv, parseEnv, parseEnvFile, type EnvFile } from './env-file';
export { readProvided } from './read-provided';
export { redact } from './redact';
export { resolveSecrets, type ResolvedSecrets, type SecretSources } from './resolve-secrets';
