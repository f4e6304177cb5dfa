export type Program = 'stack' | 'plugin' | 'generators';

/** Path of a compiled program, compiled anew when a source has changed. Throws an Error with file and line. */
export function bundle(root: string, name: Program): string;

/** What a program exports. */
export function load(root: string, name: Program): unknown;

/** Writes V8's cache of what ran; else it is written when the process exits. */
export function keepCompiled(): void;
