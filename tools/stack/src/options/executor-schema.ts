import { optionsOf, verbs } from './declaration';

/** Anything: Nx guesses a type from the text, and the words are read by the command's own parser. */
const anything = { anyOf: [{ type: 'array' }, {}] };

/**
 * The schema of Nx's executor. Nx hands flags that it does not know to the executor and checks no more than types; who
 * refuses an unknown word is `parse-words.ts`, for both ways in, from the raw `words`.
 */
export function executorSchema(): object {
  const options = optionsOf(verbs).map(({ name, description, value }) => {
    const takers = verbs.filter((verb) => optionsOf([verb]).some((option) => option.name === name));
    const scope = takers.length === verbs.length ? '' : `${takers.join(', ')}: `;
    const standard = value?.default === undefined ? '' : ` (default: ${value.default})`;
    return [name, { description: `${scope}${description}${standard}`, ...anything }] as const;
  });
  return {
    $schema: 'https://json-schema.org/schema',
    type: 'object',
    title: 'One command on one service',
    properties: {
      verb: { description: 'Set by the target.', ...anything },
      ...Object.fromEntries(options),
      environment: { description: 'Set by the configuration; see STACK_ENV.', ...anything },
      words: {
        description: "The command line without what is Nx's own.",
        $default: { $source: 'unparsed' },
        ...anything,
      },
    },
    required: ['verb', 'environment'],
    additionalProperties: true,
  };
}
