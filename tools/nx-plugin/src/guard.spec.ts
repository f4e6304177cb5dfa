import { describe, expect, it } from '@jest/globals';
import { environmentsIn, guardEnvironment } from './guard';

describe('environmentsIn', () => {
  it.each([
    [['run', 'litellm:deploy:prod'], ['prod']],
    [['deploy', 'litellm', '-c', 'prod'], ['prod']],
    [['deploy', 'litellm', '--configuration=prdo'], ['prdo']],
    [['run-many', '-t', 'deploy', '--configuration', 'lab'], ['lab']],
    [['run', 'litellm:deploy', '--prod'], ['production (--prod)']],
    [['run', 'litellm:deploy', '--environment=prod'], ['prod']],
    [['run', 'litellm:deploy', '--dry-run', '--allow=disk-short'], []],
  ])('finds in %j the names %j', (argv, names) => {
    expect(environmentsIn(argv)).toEqual(names);
  });
});

describe('guardEnvironment', () => {
  it('lets known ones pass', () => {
    expect(() =>
      guardEnvironment(['run', 'a:b:lab'], { STACK_ENV: 'prod' }, ['lab', 'prod']),
    ).not.toThrow();
  });

  it.each([
    [['run', 'a:b:prdo'], {}, /no environment prdo/],
    [['run', 'a:b'], { STACK_ENV: 'prdo' }, /no environment prdo: use lab or prod/],
    [['run', 'a:b:lab', '--environment=prod'], {}, /more than one environment: prod, lab/],
    [['run', 'a:b:lab:more'], {}, /word too many, more: use a:b:lab/],
    [['run', 'a:b:lab', '-c', 'prod'], {}, /more than one environment/],
    [['run', 'a:b', '--prod'], {}, /no environment production \(--prod\)/],
  ])('refuses %j with %j', (argv, variables, message) => {
    expect(() => guardEnvironment(argv, variables, ['lab', 'prod'])).toThrow(message);
  });
});
