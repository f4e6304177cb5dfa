/** A program as it is compiled into one file. */
export interface Program {
  /** Of its file in dist/stack. */
  name: string;
  /** The lines of its entry, from the services that have a definition. */
  entry: (services: readonly string[]) => readonly string[];
}

/** Path of a compiled program, compiled anew when a source has changed. Throws an Error with file and line. */
export function bundle(root: string, program: Program): string;

/** What a program exports; `uses` names what this process does with it, so that V8's cache holds the code of each use. */
export function load(root: string, program: Program, uses?: readonly string[]): unknown;

/** Writes V8's cache of what ran; else it is written when the process exits. */
export function keepCompiled(): void;
