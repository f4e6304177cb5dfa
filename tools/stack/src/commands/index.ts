import { actionOf, type Action } from '../frame/command';
import type { CommandName } from '../options/declaration';
import { deploy } from './change/deploy';
import { destroy } from './change/destroy';
import { hold, unhold } from './change/hold';
import { rollback } from './change/rollback';
import { base } from './inspect/base';
import { checkImages } from './inspect/check-images';
import { discover } from './inspect/discover';
import { logs } from './inspect/logs';
import { plan } from './inspect/plan';
import { releases } from './inspect/releases';
import { status } from './inspect/status';
import { migrate } from './migrate';
import { render } from './render';
import { verify } from './verify';

/** What runs each declared command. */
export const actions: Readonly<Record<CommandName, Action>> = {
  render: actionOf(render),
  plan: actionOf(plan),
  deploy: actionOf(deploy),
  verify: actionOf(verify),
  'check-images': actionOf(checkImages),
  status: actionOf(status),
  base: actionOf(base),
  logs: actionOf(logs),
  destroy: actionOf(destroy),
  releases: actionOf(releases),
  rollback: actionOf(rollback),
  hold: actionOf(hold),
  unhold: actionOf(unhold),
  discover: actionOf(discover),
  migrate: actionOf(migrate),
};
