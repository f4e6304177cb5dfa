import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../http-double';
import type { Json } from '../http-double';

export type Distance = 'Cosine' | 'Dot' | 'Euclid' | 'Manhattan';
export type Vector = number[] | Record<string, number[]>;
export interface Point {
  readonly id: string | number;
  readonly vector: Vector;
  payload: Json;
}
export interface VectorSpace {
  readonly size: number;
  readonly distance: Distance;
}
export interface Collection {
  readonly config: Json;
  /** Vector spaces by name; the unnamed one is `""`. */
  readonly spaces: Record<string, VectorSpace>;
  readonly points: Record<string, Point>;
  readonly indexes: Record<string, unknown>;
}

/** All collections in one file under the storage directory, replaced whole at each write. */
export class QdrantStore {
  readonly collections: Record<string, Collection>;
  private readonly file: string;

  constructor(
    storage: string,
    readonly snapshots: string,
  ) {
    mkdirSync(storage, { recursive: true });
    mkdirSync(snapshots, { recursive: true });
    this.file = join(storage, 'double.json');
    this.collections = existsSync(this.file)
      ? (JSON.parse(readFileSync(this.file, 'utf8')) as Record<string, Collection>)
      : {};
  }

  save(): void {
    writeFileSync(`${this.file}.new`, JSON.stringify(this.collections));
    renameSync(`${this.file}.new`, this.file);
  }

  find(name: string): Collection {
    const collection = Object.hasOwn(this.collections, name) ? this.collections[name] : undefined;
    if (collection === undefined)
      throw new Refusal(404, `Not found: Collection \`${name}\` doesn't exist!`);
    return collection;
  }

  remove(name: string): boolean {
    const known = Object.hasOwn(this.collections, name);
    Reflect.deleteProperty(this.collections, name);
    this.save();
    return known;
  }
}
