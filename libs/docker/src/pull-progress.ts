import type { PullProgress } from './engine';

/** One line of `POST /images/create`. */
export interface PullLine {
  status?: string;
  id?: string;
  error?: string;
  errorDetail?: { message?: string };
  progressDetail?: { current?: number; total?: number };
}

/** Adds up the layers of one pull. Only downloads count: unpacking reports the same bytes a second time. */
export class PullCount {
  readonly #image: string;
  readonly #layers = new Map<string, { done: number; total: number; isUnpacked: boolean }>();
  #isComplete = false;
  #error: string | undefined;

  constructor(image: string) {
    this.#image = image;
  }

  add(line: PullLine): void {
    this.#error ??= line.error ?? line.errorDetail?.message;
    if (line.status?.startsWith('Status: ')) this.#isComplete = true;
    if (line.id === undefined) return;
    const layer = this.#layers.get(line.id);
    const { current = 0, total = 0 } = line.progressDetail ?? {};
    if (line.status === 'Downloading') {
      this.#layers.set(line.id, { done: Math.min(current, total), total, isUnpacked: false });
    } else if (layer !== undefined) {
      layer.done = layer.total;
      layer.isUnpacked ||= line.status === 'Pull complete';
    }
  }

  get progress(): PullProgress {
    const layers = [...this.#layers.values()];
    const sum = (numbers: number[]): number => numbers.reduce((left, right) => left + right, 0);
    return {
      image: this.#image,
      done: sum(layers.map((layer) => layer.done)),
      total: sum(layers.map((layer) => layer.total)),
      unpacked: layers.filter(({ isUnpacked }) => isUnpacked).length,
      layers: layers.length,
    };
  }

  /** The engine's complaint; undefined once it said that the image is there. */
  get failure(): string | undefined {
    if (this.#error !== undefined) return this.#error;
    return this.#isComplete ? undefined : 'the pull ended without a final status';
  }
}
