const names = [
  'core',
  'inventory',
  'render',
  'secrets',
  'ssh',
  'docker',
  'deploy',
  'verify',
  'report',
];

/** What both kinds of test share: ES modules (execa has no other form) and the `@ai-stack/*` aliases. */
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
        module: { type: 'es6' },
      },
    ],
  },
  moduleNameMapper: {
    ...Object.fromEntries(
      names.map((name) => [`^@ai-stack/${name}$`, `<rootDir>/libs/${name}/src/index.ts`]),
    ),
    '^@ai-stack/testing/(.*)$': '<rootDir>/libs/testing/src/$1.ts',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.nx', '<rootDir>/.lab'],
  // Kept from run to run, and known by the text of each file and the settings above.
  cacheDirectory: '<rootDir>/.nx/jest',
};

export default {
  // For the slowest machine: what must end sooner says so itself.
  testTimeout: 60_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{apps,libs,tools}/**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.(?:e2e|long)\\.spec\\.ts$'],
    },
    // On the lab; tools/e2e/lanes.json says which of two labs.
    { ...shared, displayName: 'e2e', testMatch: ['<rootDir>/tools/**/*.e2e.spec.ts'] },
    // NAME.long.spec.ts is run by the part tools/long/NAME alone.
    {
      ...shared,
      displayName: 'long',
      testMatch: ['<rootDir>/{apps,libs,tools}/**/*.long.spec.ts'],
    },
  ],
};
