import { expect, test } from 'vitest';
import { tinyModel } from '../../tests/helpers/models.js';
import { utf8 } from '../bytes/bytes.js';
import { diffModels, explainDifference } from './diff.js';
import type { Model, ServiceModel } from './types.js';

function change(model: Model, by: (service: ServiceModel) => ServiceModel): Model {
  return { ...model, services: model.services.map(by) };
}

const explain = (before: Model, after: Model): string[] => explainDifference(diffModels(before, after));

test('a model does not differ from itself, nor from one that only counted more samples', () => {
  const model = tinyModel({});
  expect(explain(model, model)).toEqual(['  tcp/2121: no difference']);
  const more = change(model, (service) => ({
    ...service,
    states: service.states.map((state) => ({ ...state, samples: 99, confidence: 98 })),
  }));
  expect(explain(model, more)).toEqual(['  tcp/2121: no difference']);
});

test('services come and go', () => {
  expect(explain(tinyModel({ port: 1 }), tinyModel({ port: 2 }))).toEqual(['- tcp/1', '+ tcp/2']);
});

test('an answer that changed is the same state with another answer', () => {
  expect(explain(tinyModel({}), tinyModel({ answer: utf8('hello ') }))).toEqual([
    '~ tcp/2121',
    '  ~ state "hi "',
    '          "hello "',
  ]);
});

test('a new class, a new state and the way there', () => {
  const before = tinyModel({});
  const after = change(before, (service) => {
    const [hello] = service.classes;
    const [opening, state] = service.states;
    if (hello === undefined || opening === undefined || state === undefined) throw new Error('not the tiny model');
    const bye = {
      ...hello,
      id: 1,
      group: 1,
      regions: [{ kind: 'fixed' as const, bytes: utf8('BYE\r\n') }],
      example: utf8('BYE\r\n'),
    };
    const end = {
      ...state,
      id: 2,
      classes: [1],
      answer: [{ pieces: [{ kind: 'literal' as const, bytes: utf8('so long\r\n') }], delay: 0 }],
      transitions: [],
    };
    const states = [opening, { ...state, transitions: [...state.transitions, { class: 1, to: 2, samples: 4 }] }, end];
    return { ...service, classes: [hello, bye], states };
  });
  expect(explain(before, after)).toEqual([
    '~ tcp/2121',
    '  + class F("BYE\\r\\n")',
    '  + state "so long\\r\\n"',
    '  + transition "hi " → F("BYE\\r\\n") → "so long\\r\\n"',
  ]);
});

test('a class that became broader is the same class', () => {
  const before = tinyModel({});
  const after = change(before, (service) => ({
    ...service,
    classes: service.classes.map((requests) => ({
      ...requests,
      regions: requests.regions.map((region, i) => (i === 0 ? { kind: 'fixed' as const, bytes: utf8('HEL') } : region)),
    })),
  }));
  expect(explain(before, after)).toEqual([
    '~ tcp/2121',
    '  ~ class F("HELLO ") M(2–9 ascii) F("\\r\\n")',
    '          F("HEL") M(2–9 ascii) F("\\r\\n")',
  ]);
});
