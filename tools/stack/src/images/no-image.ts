/** Why the configuration of an image could not be read, and what to do. */
export class NoImage extends Error {
  override readonly name = 'NoImage';

  constructor(
    readonly what: string,
    readonly fix: string,
    /** Whether the registry answered: then another address of it need not be asked. */
    readonly isAnswer: boolean,
    cause?: unknown,
  ) {
    super(what, { cause });
  }
}
