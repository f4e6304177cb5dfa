/** Loaded for its effect alone: it compiles TypeScript for `require`. Its package has no types for that entry. */
declare module '@swc-node/register';
