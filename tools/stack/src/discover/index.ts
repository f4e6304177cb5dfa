export { discover } from './discover';
export type { DiscoverOptions, DiscoverResult } from './discover';
export { formatDiscover } from './format-discover';
