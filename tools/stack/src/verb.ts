/** What Nx runs for several services as one whole, in this order. */
export type Verb = 'render' | 'deploy' | 'verify';
