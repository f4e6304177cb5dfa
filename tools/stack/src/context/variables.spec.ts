import { expect, it } from '@jest/globals';
import { refuseMisspeltVariables } from './variables';

it.each([
  ['STACK_ENVIRONMENT', /did you mean STACK_ENV\?/],
  ['STACK_ENVV', /did you mean STACK_ENV\?/],
  ['STACKENV', /did you mean STACK_ENV\?/],
  ['stack_env', /did you mean STACK_ENV\?/],
  ['STACK_SSH_CONFIGS', /did you mean STACK_SSH_CONFIG\?/],
])('refuses %s, which would be ignored', (name, fix) => {
  let error: unknown;
  try {
    refuseMisspeltVariables({ [name]: 'prod' });
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ what: `nothing reads the variable ${name}`, exitCode: 2 });
  expect(error).toMatchObject({ fix: expect.stringMatching(fix) });
});

it.each([
  { STACK_ENV: 'prod', STACK_SSH_CONFIG: '/dev/null', STACK_TERMINAL: '80x24' },
  { STACK_ENVIRONMENT: '' },
  { STACK_NAME: 'x', HAYSTACK_ENV: 'x', OPENSTACK_ENVIRONMENT: 'x' },
])('lets %j pass', (variables) => {
  expect(() => refuseMisspeltVariables(variables)).not.toThrow();
});
