/** What is the client's own in its requests is nobody's functional part; everything else stays as it was said. */
import { describe, expect, it } from 'vitest';
import { fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import { big, c, Caller, learnOne, record, s } from '../../../tests/helpers/sessions.js';
import { shapeOf } from './shape.js';

const NOW = Date.UTC(2023, 10, 25, 12);

describe('shapes of requests', () => {
  it("hide the client's address wherever it stands", () => {
    const shape = toLatin1(shapeOf(fromLatin1('from 10.1.2.3 to 10.1.2.3!'), '10.1.2.3', NOW, 1));
    expect(shape).toMatch(/^from [a-z]{8} to [a-z]{8}!$/);
  });

  it('hide the time of sending, in text and in binary', () => {
    expect(toLatin1(shapeOf(fromLatin1('at 2023-11-25 12:00:01'), '', NOW, 1))).toMatch(/^at [a-z]{19}$/);
    const binary = fromLatin1(`\x01\x00${toLatin1(big(NOW / 1000, 4))}\x00`);
    expect(shapeOf(binary, '', NOW, 1).subarray(2, 6)).not.toEqual(binary.subarray(2, 6));
  });

  it('leave other times alone', () => {
    const request = fromLatin1('at 2019-11-25 12:00:01');
    expect(shapeOf(request, '', NOW, 1)).toBe(request);
  });

  it('leave words alone whose letters read as the time of day in binary', () => {
    // "eave", most significant byte first, is the evening of 24 November 2023
    const request = fromLatin1('leave\n');
    expect(shapeOf(request, '', NOW, 1)).toBe(request);
  });
});

describe('requests that hold round numbers', () => {
  it('are left alone where a text begins behind two zeros that would read as today with it', () => {
    // 00 00 0d 6b, least significant byte first, is 30 November 2026
    const request = fromLatin1('\x01\x00\x00\x0dken/carol2840');
    expect(shapeOf(request, '', Date.UTC(2026, 10, 29), 1)).toBe(request);
  });
});

describe('requests that hold what is their own', () => {
  it('are known again when the client that was recorded says them', () => {
    const client = { address: '10.1.2.3', port: 4000 };
    const service = learnOne([record(0, [c('IAM 10.1.2.3 BY NAME\n'), s('so you are\n')], { client })]);
    expect(new Caller(service, { client }).say('IAM 10.1.2.3 BY NAME\n')).toBe('so you are\n');
  });

  it('are known when another client says them, though one session was recorded', () => {
    const client = { address: '10.1.2.3', port: 4000 };
    const service = learnOne([record(0, [c('IAM 10.1.2.3 BY NAME\n'), s('so you are\n')], { client })]);
    const caller = new Caller(service, { client: { address: '172.16.25.101', port: 5 } });
    expect(caller.say('IAM 172.16.25.101 BY NAME\n')).toBe('so you are\n');
  });
});
