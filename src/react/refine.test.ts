/** Refinement: what is new is learned, what is known stays, and nobody makes the model grow past its bound. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Caller, c, differences, learnOne, s, speak, type Protocol } from '../../tests/helpers/sessions.js';
import { learn } from '../learn/index.js';
import { refine } from './refine.js';

/** A mail box: its sessions put, get or count. */
const known: Protocol = (dice) => {
  const [name, key] = [dice.text(3, 8), dice.text(3, 9)];
  return [
    s('+ ready\r\n'),
    c('LOGIN ', name, '\r\n'),
    s('+ welcome ', name, '\r\n'),
    ...dice.pick([
      [c('GET ', key, '\r\n'), s('- nothing of the name ', key, '\r\n')],
      [c('COUNT\r\n'), s('+ none\r\n')],
    ]),
    c('QUIT\r\n'),
    s('+ bye ', name, '\r\n'),
  ];
};

/** What no session of `known` does. */
const search: Protocol = (dice) => {
  const [name, word, tag] = [dice.text(3, 8), dice.text(4, 12), dice.text(2, 7)];
  return [
    s('+ ready\r\n'),
    c('LOGIN ', name, '\r\n'),
    s('+ welcome ', name, '\r\n'),
    c('SEARCH [', tag, '] FOR ', word, '\r\n'),
    s('* ', word, ' is nowhere in the box of ', name, ' (', tag, ')\r\n'),
    c('QUIT\r\n'),
    s('+ bye ', name, '\r\n'),
  ];
};

const old = speak(known, 40, 1);
const model = learn(old);

/** What a caller hears and how it is known, for a dialogue of its own. */
function dialogue(of: typeof model, said: readonly string[], seed = 3): string[] {
  const [service] = of.services;
  if (!service) return [];
  const caller = new Caller(service, { seed });
  return [
    caller.greeting,
    ...said.map((text) => {
      const heard = caller.send(text);
      const more = heard.waits ? caller.silence() : null;
      const note = [...heard.notes, ...(more?.notes ?? [])][0];
      const what = note && 'state' in note ? `class ${note.class}, state ${note.state}` : (note?.kind ?? '');
      return `${heard.text}${more?.text ?? ''} | ${what}`;
    }),
  ];
}

describe('refining with sessions of a kind that was never seen', () => {
  it.each([3, 5, 10])('answers new names and lengths after %i of them', (count) => {
    const [service] = refine(model, speak(search, count, 7)).model.services;
    expect(differences(service ?? learnOne(old), speak(search, 20, 99))).toEqual([]);
  });

  it('learns what few samples taught anew when there are more, however they come', () => {
    const sessions = speak(search, 6, 8);
    let one = model;
    for (const session of sessions) one = refine(one, [session]).model;
    const all = refine(model, sessions).model;
    expect(one.services[0]?.classes.length).toBe(all.services[0]?.classes.length);
    expect(one.services[0] && differences(one.services[0], speak(search, 20, 98))).toEqual([]);
  });

  it('answers as a model that was learned from all at once', () => {
    const sessions = speak(search, 10, 9);
    const refined = refine(model, sessions).model.services[0];
    const whole = learnOne([...old, ...sessions]);
    for (const each of [speak(search, 20, 97), speak(known, 20, 96)]) {
      expect(refined && differences(refined, each)).toEqual([]);
      expect(differences(whole, each)).toEqual([]);
    }
  });

  it('changes nothing when nothing is new', () => {
    const same = refine(model, speak(known, 10, 5));
    expect(same.model).toBe(model);
    expect(same.refined.refinement).toBeNull();
  });

  it('says where it came from', () => {
    const { refined, model: after } = refine(model, speak(search, 3, 7), { from: ['tuesday.pcap'], time: 'now' });
    expect(refined.refinement).toMatchObject({ version: 2, from: ['tuesday.pcap'], conversations: 3, requests: 3 });
    expect(refined.refinement?.sources).toHaveLength(3);
    expect(after.refined?.refinements).toEqual([refined.refinement]);
  });

  it('is the same for the same samples', () => {
    const once = refine(model, speak(search, 5, 7)).model;
    expect(refine(model, speak(search, 5, 7)).model).toEqual(once);
  });

  it('adds a service that was never seen', () => {
    const server = { address: '192.0.2.7', port: 7999 };
    const time: Protocol = (dice) => {
      const zone = dice.text(3, 5);
      return [c('TIME ', zone, '\n'), s('noon in ', zone, '\n')];
    };
    const { services } = refine(model, speak(time, 5, 3, { server })).model;
    expect(services.map(({ port }) => port)).toEqual([7000, 7999]);
    expect(services[1] && differences(services[1], speak(time, 10, 4, { server }))).toEqual([]);
  });

  it('learns from a host at another address, and puts its own in its place', () => {
    const where: Protocol = (dice, { server }) => {
      const tag = dice.text(3, 6);
      return [s('+ ready\r\n'), c('WHERE ', tag, '\r\n'), s('+ ', tag, ' at ', server.address, '\r\n')];
    };
    const backend = { address: '203.0.113.99', port: 7000 };
    const [service] = refine(model, speak(where, 5, 3, { server: backend })).model.services;
    expect(service && differences(service, speak(where, 5, 4))).toEqual([]);
  });
});

describe('what is known', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd', 'e'), minLength: 1, maxLength: 12 });
  const line = fc.oneof(
    word.map((w) => `LOGIN ${w}\r\n`),
    word.map((w) => `GET ${w}\r\n`),
    fc.constant('COUNT\r\n'),
    fc.constant('QUIT\r\n'),
  );
  /** A hostile host: it answers whatever is asked with what it likes, and clients ask what they like. */
  const hostile: Protocol = (dice) => [
    s('+ ready\r\n'),
    c('LOGIN ', dice.text(3, 8), '\r\n'),
    s('- YOU ARE OURS\r\n'),
    c(dice.pick(['GET ', 'GOT ', 'COUNT', 'LOGINS ', 'Q', '']), dice.text(0, 9), '\r\n'),
    s('- ', dice.text(3, 30), '\r\n'),
    c('COUNT\r\n'),
    s('- OURS\r\n'),
  ];

  it('keeps its class, its state and its answer, whatever it is refined with', () => {
    const others = [speak(search, 4, 7), speak(hostile, 30, 11), [...speak(hostile, 20, 12), ...speak(search, 10, 13)]];
    const refined = others.map((sessions) => refine(model, sessions).model);
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), (said) => {
        const before = dialogue(model, said);
        for (const after of refined) expect(dialogue(after, said)).toEqual(before);
      }),
      { numRuns: 200 },
    );
  });

  it('is counted where the host answers it otherwise', () => {
    const { refined } = refine(model, speak(hostile, 10, 11));
    expect(refined.services[0]?.otherwise).toBeGreaterThan(9);
  });

  it('stays right through further refinements', () => {
    const first = refine(model, speak(search, 5, 7)).model;
    const again: Protocol = (dice) => [
      s('+ ready\r\n'),
      c('SEARCH [', dice.text(2, 7), '] FOR\r\n'),
      s('- ', dice.text(3, 20), '\r\n'),
    ];
    const [service] = refine(first, speak(again, 10, 3)).model.services;
    expect(service && differences(service, speak(search, 10, 90))).toEqual([]);
  });
});

describe('known requests that are answered otherwise', () => {
  /** In another box, things are elsewhere. */
  const boxes: Protocol = (dice) => {
    const [name, key, box] = [dice.text(3, 8), dice.text(3, 9), dice.text(3, 9)];
    return [
      s('+ ready\r\n'),
      c('LOGIN ', name, '\r\n'),
      s('+ welcome ', name, '\r\n'),
      c('OPEN ', box, '\r\n'),
      s('+ ', box, ' is open\r\n'),
      c('GET ', key, '\r\n'),
      s('* ', key, ' of the box ', box, '\r\n'),
      c('QUIT\r\n'),
      s('+ bye ', name, '\r\n'),
    ];
  };
  /** Names that begin so are answered otherwise; no name of `known` does. */
  const forbidden: Protocol = (dice) => {
    const [name, key] = [dice.text(3, 8), `X-${dice.text(3, 9)}`];
    return [
      s('+ ready\r\n'),
      c('LOGIN ', name, '\r\n'),
      s('+ welcome ', name, '\r\n'),
      c('GET ', key, '\r\n'),
      s('! not for you: ', key, '\r\n'),
      c('QUIT\r\n'),
      s('+ bye ', name, '\r\n'),
    ];
  };
  const of = (sessions: Parameters<typeof refine>[1], correct: boolean) =>
    refine(model, sessions, { trust: { correct } }).model.services[0] ?? learnOne(old);

  it('are answered so behind something new, and as before everywhere else', () => {
    const service = of(speak(boxes, 8, 21), false);
    expect(differences(service, speak(boxes, 15, 22))).toEqual([]);
    expect(differences(service, speak(known, 15, 23))).toEqual([]);
  });

  it('keep their answers where only the request tells, unless that is asked for', () => {
    const sessions = speak(forbidden, 8, 24);
    expect(differences(of(sessions, false), speak(forbidden, 5, 25))).toHaveLength(5);
    const corrected = of(sessions, true);
    expect(differences(corrected, speak(forbidden, 15, 25))).toEqual([]);
    expect(differences(corrected, speak(known, 30, 26))).toEqual([]);
  });

  it('count as new where a number of sessions with something new is asked for', () => {
    const enough = (atLeast: number) =>
      refine(model, speak(forbidden, 8, 24), { atLeast, trust: { correct: true } }).refined.refinement !== null;
    expect([enough(8), enough(9)]).toEqual([true, false]);
  });

  it('are answered in several ways, which anything may tell apart once the request is told from what was known', () => {
    const counted: Protocol = (dice) => {
      const [name, key, first] = [dice.text(3, 8), `X-${dice.text(3, 9)}`, dice.pick([true, false])];
      return [
        s('+ ready\r\n'),
        c('LOGIN ', name, '\r\n'),
        s('+ welcome ', name, '\r\n'),
        ...(first ? [c('COUNT\r\n'), s('+ none\r\n')] : []),
        c('GET ', key, '\r\n'),
        s(first ? '! one too many, ' : '! not for you: ', key, '\r\n'),
        c('QUIT\r\n'),
        s('+ bye ', name, '\r\n'),
      ];
    };
    const corrected = of(speak(counted, 12, 33), true);
    expect(differences(corrected, speak(counted, 15, 34))).toEqual([]);
    expect(differences(corrected, speak(known, 20, 35))).toEqual([]);
  });

  it('are not corrected where nothing tells the samples from what was known', () => {
    const lies: Protocol = (dice) => {
      const [name, key] = [dice.text(3, 8), dice.text(3, 9)];
      return [s('+ ready\r\n'), c('LOGIN ', name, '\r\n'), s('- no\r\n'), c('GET ', key, '\r\n'), s('- no\r\n')];
    };
    expect(differences(of(speak(lies, 12, 27), true), speak(known, 30, 28))).toEqual([]);
  });

  it('are answered with what was written, where that was always written to the same place', () => {
    const writes: Protocol = (dice) => {
      const [name, value] = [dice.text(3, 8), dice.text(4, 20)];
      return [
        s('+ ready\r\n'),
        c('LOGIN ', name, '\r\n'),
        s('+ welcome ', name, '\r\n'),
        c('PUT wallcolour ', value, '\r\n'),
        s('+ kept ', value, '\r\n'),
        c('GET wallcolour\r\n'),
        s('* wallcolour is ', value, '\r\n'),
        c('QUIT\r\n'),
        s('+ bye ', name, '\r\n'),
      ];
    };
    const service = of(speak(writes, 8, 31), false);
    expect(differences(service, speak(writes, 15, 32))).toEqual([]);
    const caller = new Caller(service, { seed: 3 });
    for (const line of ['LOGIN ann', 'PUT wallcolour teal']) caller.send(`${line}\r\n`);
    expect(caller.send('GET otherplace\r\n').text).toBe('- nothing of the name otherplace\r\n');
    expect(caller.send('GET wallcolour\r\n').text).toBe('* wallcolour is teal\r\n');
  });

  it('are as before when the refinement is learned anew from more', () => {
    const first = refine(model, speak(boxes, 4, 21)).model;
    const [service] = refine(first, speak(search, 4, 29)).model.services;
    expect(service && differences(service, [...speak(boxes, 10, 22), ...speak(search, 10, 30)])).toEqual([]);
    expect(service?.layers).toHaveLength(1);
  });
});

describe('samples that nobody should believe', () => {
  const client = { address: '198.51.100.66', port: 40_000 };
  const variants: Protocol = (dice) => [
    s('+ ready\r\n'),
    ...Array.from({ length: 100 }, () => [c(dice.bytes(4, 60), '\r\n'), s(dice.text(5, 900), '\r\n')]).flat(),
  ];

  it('make the model grow to its bound, not past it: 10 000 variants of one source', () => {
    const before = model.services[0];
    const { model: after, refined } = refine(model, speak(variants, 100, 3, { client }), {
      trust: { maxFromOne: 20, maxGrowth: 50 },
    });
    const [service] = after.services;
    expect((service?.classes.length ?? 0) - (before?.classes.length ?? 0)).toBeLessThanOrEqual(20);
    expect((service?.states.length ?? 0) - (before?.states.length ?? 0)).toBeLessThanOrEqual(200);
    expect(refined.services[0]?.remarks.join(' ')).toMatch(/left out/);
    expect(service && differences(service, speak(known, 10, 95))).toEqual([]);
  });

  it('leave room for what others ask', () => {
    const few = speak(variants, 10, 3, { client });
    const [service] = refine(model, [...few, ...speak(search, 10, 5)], { trust: { maxFromOne: 5 } }).model.services;
    expect(service && differences(service, speak(search, 10, 94))).toEqual([]);
  });

  it('have no say in answers longer than the bound', () => {
    const long: Protocol = (dice) => [s('+ ready\r\n'), c('DUMP ', dice.text(3, 5), '\r\n'), s(dice.text(9e4, 9e4))];
    const { model: after } = refine(model, speak(long, 2, 3), { trust: { maxBytes: 50_000 } });
    expect(after.services[0]?.states.length).toBe(model.services[0]?.states.length);
  });
});

describe('replacing on the way in', () => {
  it('leaves nothing of the secret in the model, its samples included', () => {
    const secret: Protocol = (dice) => {
      const tag = dice.text(3, 6);
      return [s('+ ready\r\n'), c('HOST ', tag, '\r\n'), s('+ ', tag, ' on www7.corp.example\r\n')];
    };
    const after = refine(model, speak(secret, 3, 3), {
      replace: [['www7.corp.example', 'host.example.invalid']],
    }).model;
    const text = JSON.stringify(after, (_, v: unknown) =>
      v instanceof Uint8Array ? Buffer.from(v).toString('latin1') : v,
    );
    expect(text).toContain('host.example.invalid');
    expect(text).not.toContain('www7');
    expect(text).not.toContain(Buffer.from('on www7.corp').toString('base64').slice(0, 12));
  });
});

describe('what all clients share', () => {
  let next = 10;
  const take = () => [c('TICKET\r\n'), s(`your number is ${next++}\r\n`)];
  const ticket: Protocol = (dice) => Array.from({ length: dice.between(1, 4) }, take).flat();
  const counted = learn(speak(ticket, 30, 1));

  it('is known, whatever it is when new sessions begin', () => {
    expect(counted.services[0]?.registers).toHaveLength(1);
    next = 700;
    const { model: same, refined } = refine(counted, speak(ticket, 10, 2));
    expect(refined.services[0]).toMatchObject({ new: 0, otherwise: 0 });
    expect(same.services[0]?.registers).toEqual(counted.services[0]?.registers);
  });
});
