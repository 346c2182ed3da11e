/** What was set by one of several commands that are all answered alike decides later. */
import { describe, expect, it } from 'vitest';
import {
  big,
  c,
  differences,
  learnOne,
  s,
  seeds,
  speak,
  type Dice,
  type Spoken,
} from '../../../tests/helpers/sessions.js';

const MODES = ['greet', 'size', 'place'];

const set = (mode: string): Spoken[] => [c(`M${mode}\n`), s('m\n')];

/** A mode is set, and the command for each is answered alike. Then something is asked twice. */
function modes(dice: Dice): Spoken[] {
  const mode = dice.pick(MODES);
  const ask = (): Spoken[] => {
    const name = dice.text(4, 9);
    const answers: Record<string, readonly (string | Uint8Array)[]> = {
      greet: ['\x08', big(name.length + 9, 1), `good day ${name}`],
      size: ['\x16', big(name.length, 2)],
      place: ['\x11attic'],
    };
    return [c('Q\x01', big(name.length, 1), name), s('q\x01', ...(answers[mode] ?? []))];
  };
  return [...set(mode), ...ask(), ...ask()];
}

/** The same commands, and answers that go by what is asked alone. */
function noise(dice: Dice): Spoken[] {
  const ask = (): Spoken[] => {
    const [name, word] = [dice.text(4, 9), dice.pick(['tell', 'spell'])];
    return [c(`${word} ${name}\r\n`), s(word === 'tell' ? 'in the attic\r\n' : `all of ${name}\r\n`)];
  };
  return [...set(dice.pick(MODES)), ...ask(), ...ask()];
}

describe('a mode', () => {
  it.each(seeds())('is what was set before, though all commands are answered alike (seed %i)', (seed) => {
    const service = learnOne(speak(modes, 32, seed));
    expect(differences(service, speak(modes, 30, seed + 100))).toEqual([]);
  });

  it.each(seeds())('is none where the answers do not go by it (seed %i)', (seed) => {
    const service = learnOne(speak(noise, 50, seed));
    expect(JSON.stringify(service.classes)).not.toContain('"said"');
    expect(differences(service, speak(noise, 30, seed + 100))).toEqual([]);
  });
});
