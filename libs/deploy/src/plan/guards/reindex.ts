import { warningsOf } from '../warnings';
import type { Guard } from './guard';

/** What a service has indexed would not be found any more, until it is indexed again. */
export const reindex: Guard = {
  name: 'reindex',
  isOverridable: true,
  check: (release, facts) => warningsOf(release, facts, 'reindex'),
};
