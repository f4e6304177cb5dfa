/** A number of processors that jobs share: a job waits until as many as it needs are free. First come, first served. */
export class Slots {
  #free: number;
  readonly #waiting: { count: number; start: () => void }[] = [];

  constructor(readonly total: number) {
    this.#free = total;
  }

  /** Runs a job that keeps so many processors busy; one that wants more than there are gets all. */
  async run<T>(wanted: number, job: () => Promise<T>): Promise<T> {
    const count = Math.min(wanted, this.total);
    await new Promise<void>((start) => {
      this.#waiting.push({ count, start });
      this.#startNext();
    });
    try {
      return await job();
    } finally {
      this.#free += count;
      this.#startNext();
    }
  }

  #startNext(): void {
    for (let next = this.#waiting[0]; next && next.count <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.count;
      next.start();
    }
  }
}
