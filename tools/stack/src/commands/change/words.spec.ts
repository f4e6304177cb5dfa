import { describe, expect, it } from '@jest/globals';
import { deployAgain, rollbackAgain } from './words';

const call = { environment: 'home', services: [], hosts: [] };

describe('what is run again after an interrupt', () => {
  it.each([
    [call, {}, 'npx nx run stack:deploy:home'],
    [{ ...call, services: ['dns'] }, { replace: true }, 'npx nx run dns:deploy:home --replace'],
    [
      { ...call, services: ['dns', 'ollama'], hosts: ['box'] },
      { allow: ['downgrade', 'disk-short'] },
      'npx nx run-many -t deploy -p dns,ollama -c home --hosts=box --allow=downgrade,disk-short',
    ],
  ])('is the same deploy: %j %j', (given, flags, command) => {
    expect(deployAgain(given, flags)).toBe(command);
  });

  it('is the same rollback', () => {
    const given = { ...call, services: ['dns', 'qdrant'], hosts: ['box'] };
    expect(rollbackAgain(given, { to: '0123456789ab' })).toBe(
      'npx nx run dns:rollback:home --to=0123456789ab --hosts=box && ' +
        'npx nx run qdrant:rollback:home --to=0123456789ab --hosts=box',
    );
  });
});
