/** Keys of the memory behind long heads, what the server handed out far within a long answer, and whether it was taken away. */
import { describe, expect, it } from 'vitest';
import { Caller, c, Dice, learnOne, record, s, seeds } from '../../../tests/helpers/sessions.js';

const HEAD = `Host: hall.example\r\nAccept: text/html, application/json, application/xml, text/plain\r\nAccept-Language: en, de, fr, it, es\r\nAccept-Encoding: identity\r\nCache-Control: no-cache\r\nPragma: no-cache\r\nConnection: keep-alive\r\nContent-Type: application/x-www-form-urlencoded`;
const post = (path: string, body: string) => c(`POST ${path} HTTP/1.1\r\n${HEAD}\r\n\r\n${body}\r\n`);
const done = (text: string) => s(`HTTP/1.1 200 OK\r\n\r\n${text}\r\n`);
const form = (token: string) =>
  s(
    `HTTP/1.1 200 OK\r\n\r\n<html><head><title>The form of the hall, for all who come in by the old door</title></head><body>${'<p>Read this first, and then go on.</p>'.repeat(12)}<input name="token" value="${token}" /></body></html>\r\n`,
  );

describe('keys behind a long head', () => {
  it.each(seeds())('name what was put there (seed %i)', (seed) => {
    const dice = new Dice(seed);
    const put = (name: string, what: string) => post('/put', `name=${name}&what=${what}`);
    const get = (name: string) => post('/get', `name=${name}&do=get`);
    const model = learnOne(
      Array.from({ length: 40 }, (_, i) => {
        const [name, what, other] = [dice.text(5, 9), dice.text(4, 12), dice.text(5, 9)];
        const [second, more] = [dice.text(5, 9), dice.text(4, 12)];
        return record(i, [
          ...[put(name, what), done('kept'), put(second, more), done('kept')],
          ...[get(name), done(`it is ${what}`), get(other), done('nothing there')],
        ]);
      }),
    );
    const caller = new Caller(model);
    caller.say(put('heron', 'feather').bytes);
    caller.say(put('petrel', 'anchor').bytes);
    expect(caller.say(get('petrel').bytes)).toContain('it is anchor');
    expect(caller.say(get('heron').bytes)).toContain('it is feather');
    expect(caller.say(get('dunlin').bytes)).toContain('nothing there');
  });

  it.each(seeds())('are what was handed out far behind in an answer, or are not (seed %i)', (seed) => {
    const dice = new Dice(seed);
    const token = () => dice.text(10, 10, '0123456789abcdef');
    const open = c(`GET /form HTTP/1.1\r\n${HEAD}\r\n\r\n`);
    const give = (name: string, its: string) => post('/give', `name=${name}&token=${its}`);
    const model = learnOne(
      Array.from({ length: 40 }, (_, i) => {
        const [its, name] = [token(), dice.text(5, 9)];
        const isRight = i % 3 !== 0;
        const spoken = [open, form(its), give(name, isRight ? its : token())];
        return record(i, [...spoken, done(isRight ? `welcome ${name}` : 'expired')]);
      }),
    );
    const caller = new Caller(model);
    const handed = /value="([0-9a-f]{10})"/.exec(caller.say(open.bytes))?.[1] ?? '';
    expect(caller.say(give('heron', handed).bytes)).toContain('welcome heron');
    const other = new Caller(model);
    other.say(open.bytes);
    expect(other.say(give('heron', '00aa11bb22').bytes)).toContain('expired');
  });
});

describe('whether a thing was taken away already', () => {
  it.each(seeds())('is told by its name, whatever was said right before (seed %i)', (seed) => {
    const dice = new Dice(seed);
    const ok = s('success\n');
    const model = learnOne(
      Array.from({ length: 50 }, (_, i) => {
        const names = Array.from({ length: i % 5 === 0 ? 2 : 1 }, () => dice.text(4, 8));
        const made = names.flatMap((name) => {
          const part = dice.text(4, 8);
          const kind = dice.pick(['string', 'title', 'hbar']);
          const set = [c(`screen_set ${name} -priority ${dice.pick(['info', 'alert'])}\n`), ok];
          const add = [c(`screen_add ${name}\n`), ok, ...set, c(`widget_add ${name} ${part} ${kind}\n`), ok];
          return [...add, c(`widget_set ${name} ${part} 1 1 ${dice.text(3, 7)}\n`), ok];
        });
        const [first = ''] = names;
        const wrong = [c(`widget_del ${first} ${dice.text(4, 8)}\n`), s('huh? Invalid widget id\n')];
        const gone = names.flatMap((name) => [c(`screen_del ${name}\n`), ok]);
        return record(i, [...made, ...wrong, ...gone, c(`screen_del ${first}\n`), s('huh? Unknown screen id\n')]);
      }),
    );
    const caller = new Caller(model);
    for (const name of ['heron', 'petrel']) {
      caller.say(`screen_add ${name}\n`);
      caller.say(`widget_add ${name} wing string\n`);
    }
    expect(caller.say('screen_del heron\n')).toBe('success\n');
    expect(caller.say('screen_del petrel\n')).toBe('success\n');
    expect(caller.say('screen_del heron\n')).toBe('huh? Unknown screen id\n');
  });
});
