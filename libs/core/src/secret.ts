import { inspect } from 'node:util';

const stars = '[secret]';

/** A value that prints as stars wherever it is shown; only `reveal()` gives it away. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself: call it only where it is written to a 0600 file or to a request header. */
  reveal(): string {
    return this.#value;
  }

  equals(that: Secret | undefined): boolean {
    return that !== undefined && that.#value === this.#value;
  }

  toString(): string {
    return stars;
  }

  toJSON(): string {
    return stars;
  }

  [inspect.custom](): string {
    return stars;
  }
}

/** How a service comes by one secret of its `.env`; never the value. */
export interface SecretSpec {
  /** Name of the variable in `.env`, and of the secret. */
  key: string;
  source: SecretSource;
  description: string;
}

/** Made once when the owner's host answers and has none; hex digits after `prefix`. */
export interface GeneratedSecret {
  kind: 'generated';
  bytes: number;
  prefix: string;
}

/** Given by the operator (environment variable or secrets file of the environment). */
export interface ProvidedSecret {
  kind: 'provided';
  optional: boolean;
}

/** The value that another service owns. */
export interface ConsumedSecret {
  kind: 'consumed';
  service: string;
  key: string;
}

export type SecretSource = GeneratedSecret | ProvidedSecret | ConsumedSecret;
