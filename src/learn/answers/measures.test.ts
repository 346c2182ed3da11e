/** Lengths of what the client said, and its numbers in another coding: learned, and right for values never seen. */
import { describe, expect, it } from 'vitest';
import { toLatin1 } from '../../bytes/bytes.js';
import {
  big,
  c,
  differences,
  kindsOf,
  learnOne,
  little,
  rulesOf,
  s,
  speak,
  seeds,
  type Dice,
  type Protocol,
} from '../../../tests/helpers/sessions.js';

const word = (dice: Dice) => dice.text(2, 30);

const sizes: Readonly<Record<string, Protocol>> = {
  'of a word, in decimal': (dice) => {
    const name = word(dice);
    return [c(`KEEP THE FOLLOWING FOR ME: ${name}\r\n`), s(`kept ${name.length} bytes\r\n`)];
  },
  'of the whole request, in two bytes': (dice) => {
    const name = word(dice);
    const request = `KEEP THE FOLLOWING FOR ME: ${name}\r\n`;
    return [c(request), s('\x01', big(request.length, 2), '\x02')];
  },
  'of a word, in hexadecimal digits': (dice) => {
    const name = word(dice);
    return [c(`$write:5,0,${name}#${dice.text(2, 2, '0123456789')}`), s(`+$F${name.length.toString(16)}#ok`)];
  },
  'of several words, in hexadecimal digits': (dice) => {
    const text = `${word(dice)} ${word(dice)} ${word(dice)}`;
    return [c(`$write:5,0,${text}#${dice.text(2, 2, '0123456789')}`), s(`+$F${text.length.toString(16)}#ok`)];
  },
  'of the second of two texts behind a head of zeros, each ended by one': (dice) => {
    const text = `${word(dice)} ${word(dice)}`;
    const head = ['\0\x20\0', dice.bytes(4, 4), big(dice.between(1, 200), 2), '\0\0\0\0'];
    return [c(...head, `${dice.text(4, 12)}\0${text}\0`), s('\x20\x80', little(text.length, 2), '\0')];
  },
  'of what stands there in base64': (dice) => {
    const text = dice.bytes(4, 60);
    const coded = Buffer.from(text).toString('base64');
    return [c(`<put><base64>\n${coded}\n</base64></put>\r\n`), s(`<n>${text.length}</n>\r\n`)];
  },
  'of what stands there in hexadecimal': (dice) => {
    const text = dice.bytes(2, 40);
    return [c(`put "${Buffer.from(text).toString('hex')}"\r\n`), s(`"${text.length}"\r\n`)];
  },
  'of what stands there with signs for bytes': (dice) => {
    const text = `&${dice.text(2, 30, 'abcdef/&? ')}`;
    return [c(`GET /put?${encodeURIComponent(text)} HTTP\r\n`), s(`put ${text.length}.\r\n`)];
  },
  'of what stands there with signs doubled': (dice) => {
    const text = dice.text(3, 30, "abcdefghijklmno'");
    return [c(`say '${text.replaceAll("'", "''")}';\r\n`), s(`said ${text.length}.\r\n`)];
  },
  'of what was sent two requests before': (dice) => {
    const name = word(dice);
    return [
      c(`KEEP THE FOLLOWING FOR ME: ${name}\r\n`),
      s('kept\r\n'),
      c('NOOP\r\n'),
      s('ok\r\n'),
      c('HOW MUCH IS IT?\r\n'),
      s(`it is ${name.length + 3} in all\r\n`),
    ];
  },
};

const codings: Readonly<Record<string, Protocol>> = {
  'decimal there, two bytes here': (dice) => {
    const number = dice.between(300, 60_000);
    return [c(`READ NUMBER ${number} OF ALL THERE ARE\r\n`), s('\x01\x02', big(number, 2), '\x03')];
  },
  'four bytes there, decimal here, and one': (dice) => {
    const number = dice.between(300, 60_000);
    return [c('READ NUMBER ', big(number, 4), ' OF ALL THERE ARE'), s(`number ${number + 1}.`)];
  },
  'little end first there, big end first here': (dice) => {
    const number = dice.between(300, 60_000);
    return [c('READ NUMBER ', little(number, 2), ' OF ALL THERE ARE'), s('\x01\x02', big(number + 1, 2), '\x03')];
  },
};

describe.each(Object.entries(sizes))('a length %s', (_, protocol) => {
  it.each(seeds())('is learned (%i)', (seed) => {
    const service = learnOne(speak(protocol, 30, seed));
    expect(differences(service, speak(protocol, 30, seed + 500)).slice(0, 3)).toEqual([]);
    expect(kindsOf(service)).toContain('size');
  });
});

describe.each(Object.entries(codings))('a number, %s', (_, protocol) => {
  it.each(seeds())('is learned (%i)', (seed) => {
    const service = learnOne(speak(protocol, 30, seed));
    expect(differences(service, speak(protocol, 30, seed + 500)).slice(0, 3)).toEqual([]);
    expect(kindsOf(service)).toContain('number');
  });
});

const ahead: Readonly<Record<string, Protocol>> = {
  'of eight hexadecimal digits': (dice) => {
    const text = `cc: error: unrecognized '--${dice.text(3, 8)}-${dice.text(3, 14)}'`;
    const length = text.length.toString(16).padStart(8, '0');
    return [c(`RUN --${text.slice(27, -1)} NOW`), s(`STAT00000300SERR${length}${text}SOUT00000000DOTO00000000`)];
  },
  'of as many hexadecimal digits as it needs': (dice) => {
    const text = `you said: ${dice.text(3, 60)}`;
    return [c(`SAY ${text.slice(10)}\n`), s(`it comes\r\n${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`)];
  },
};

describe.each(Object.entries(ahead))('a length before what it counts, %s', (_, protocol) => {
  it.each(seeds())('is learned (%i)', (seed) => {
    const service = learnOne(speak(protocol, 20, seed));
    expect(differences(service, speak(protocol, 30, seed + 500)).slice(0, 3)).toEqual([]);
    expect(kindsOf(service)).toContain('length');
  });
});

describe('where nothing is measured', () => {
  const none: Readonly<Record<string, Protocol>> = {
    'numbers of their own': (dice) => [c(`KEEP THIS: ${word(dice)}\r\n`), s(`kept as ${dice.between(1, 90)}\r\n`)],
    'bytes of their own': (dice) => [
      c('\x01\x02KEEP THIS', toLatin1(dice.bytes(3, 20))),
      s('\x01\x82', big(dice.between(3, 40), 2), 'OK'),
    ],
  };

  it.each(Object.entries(none).flatMap(([name, protocol]) => seeds().map((seed) => ({ name, protocol, seed }))))(
    'nothing is found: $name ($seed)',
    ({ protocol, seed }) => {
      const kinds = rulesOf(learnOne(speak(protocol, 25, seed))).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'size' || kind === 'number')).toEqual([]);
    },
  );
});
