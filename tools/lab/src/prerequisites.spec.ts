import { describe, expect, it } from '@jest/globals';
import { checkPrerequisites, missingPackages } from './prerequisites';

describe('missingPackages', () => {
  it('is empty when every program is there', () => {
    expect(missingPackages(() => true)).toEqual([]);
  });
  it('names a package once, however many of its programs are missing', () => {
    expect(missingPackages((program) => !program.startsWith('ssh'))).toEqual(['openssh-client']);
  });
  it('names all missing packages, sorted', () => {
    const has = (program: string) => program !== 'mmdebstrap' && program !== 'ip';
    expect(missingPackages(has)).toEqual(['iproute2', 'mmdebstrap']);
  });
});

it('a directory that is not on the path does not make a program present', () => {
  expect(() => checkPrerequisites('/nonexistent')).toThrow(/apt-get install .*openssh-client/);
});
