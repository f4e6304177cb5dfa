import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/node_modules', 'dist', '.nx', '.lab', '**/*.mjs', '**/*.js', '**/*.cjs'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-non-null-assertion': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'Only a main.ts sets the exit code.' },
      ],
    },
  },
  // Specs and fixtures write the variables of YAML and shell.
  {
    files: ['**/*.ts'],
    ignores: ['**/*.spec.ts', '**/fixtures/**', 'libs/testing/**', 'tools/e2e/**'],
    rules: { 'no-template-curly-in-string': 'error' },
  },
  {
    files: ['**/*.spec.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  { files: ['**/main.ts', 'tools/lab/doubles/**'], rules: { 'no-restricted-properties': 'off' } },
);
