import type { JsonSchema } from './schemas';

/** Where the table below a heading of a document differs from what a schema has; empty when it does not. Pure. */
export function optionTableErrors(
  document: string,
  schema: JsonSchema,
  heading = '## Options',
): string[] {
  const rows = optionRows(document, heading);
  const properties = schema.properties ?? {};
  const documented = rows.flatMap(({ keys }) => keys);
  const missing = Object.keys(properties)
    .filter((key) => !documented.includes(key))
    .map((key) => `the table of options lacks ${key}`);
  const wrong = rows.flatMap(({ keys, shown }) =>
    keys.flatMap((key) => {
      const option = properties[key];
      if (option === undefined) return [`the table of options has ${key}, which is not an option`];
      const isRequired = schema.required?.includes(key) ?? false;
      return defaultErrors(key, shown, option, isRequired);
    }),
  );
  return [...missing, ...wrong];
}

function defaultErrors(
  key: string,
  shown: string,
  { default: value }: JsonSchema,
  isRequired: boolean,
): string[] {
  if (value !== undefined) {
    const expected = shownDefault(value);
    return shown === expected ? [] : [`${key}: its default is ${expected}, not ${shown}`];
  }
  if (isRequired) return shown === '' ? [] : [`${key}: it has no default, not ${shown}`];
  return shown === '' ? [`${key}: say what holds when it is left out`] : [];
}

/** As READMEs show a default: words as code, the parts of an object in a row. */
function shownDefault(value: unknown): string {
  if (typeof value === 'string') return `\`${value}\``;
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  const parts = Object.values(value);
  return parts.length === 0 ? 'none' : parts.join(', ');
}

function optionRows(document: string, heading: string): { keys: string[]; shown: string }[] {
  const [, after = ''] = `\n${document}`.split(`\n${heading}`);
  const section = after.split(/^#{2,3} /m)[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, keys = '', shown = '']) => ({
      keys: [...keys.matchAll(/`([^`]+)`/g)].map(([, key = '']) => key),
      shown,
    }));
}
