import { describe, expect, it } from '@jest/globals';
import { findSerial } from './find-serial';
import { renderSerial } from './serial';

const today = new Date('2026-11-23T23:59:00Z');
const file = {
  content: '@ IN SOA ns.x. mail.x. @SERIAL@ 7200 3600 1209600 300\na A 10.0.0.1\n',
  serialPlaceholder: '@SERIAL@',
};
const zone = (serial: number | string, rest = 'a A 10.0.0.1\n'): string =>
  `@ IN SOA ns.x. mail.x. ${serial} 7200 3600 1209600 300\n${rest}`;

describe('renderSerial', () => {
  it.each<[string, string | undefined, number | undefined, number, boolean]>([
    ['keeps the serial of an equal zone', zone(7), undefined, 7, true],
    ['adds one when a record differs', zone(7, 'a A 10.0.0.2\n'), undefined, 8, false],
    ['adds one when the SOA differs', zone(7).replace('7200', '1'), undefined, 8, false],
    ['trusts the zone on the host over the record', zone(9, ''), 3, 10, false],
    ['goes on from the record when the zone is gone', undefined, 41, 42, false],
    ['goes on from the record when the zone is spoiled', 'nonsense', 41, 42, false],
    ['begins with the day', undefined, undefined, 2026112301, false],
    ['wraps behind 32 bits, past zero', zone(4294967295, ''), undefined, 1, false],
  ])('%s', (_title, onHost, recorded, serial, isSame) => {
    expect(renderSerial(file, onHost, recorded, today)).toEqual({
      content: zone(serial),
      serial,
      isSame,
    });
  });

  it('reads a serial written over several lines', () => {
    const text = '@ SOA ns.x. mail.x. (\n  ; serial\n  2026010101\n  7200 )\n';
    expect(findSerial(file, text)).toBe(2026010101);
  });
});
