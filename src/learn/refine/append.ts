/** Services with a refinement behind what they had, and without it again: what stands before it does not change. */
import type { Choice, Layer, Opened, RequestClass, ServiceModel, State, Transition } from '../../model/types.js';
import { serviceName } from '../../model/names.js';

/** What a refinement adds to a service: classes and states with the numbers behind those that there are. */
export interface Addition {
  readonly classes: readonly RequestClass[];
  readonly states: readonly State[];
  /** From states that there were: what leads on to new ones. */
  readonly transitions: ReadonlyMap<number, readonly Transition[]>;
  /** Trees of classes that there were, with new branches. */
  readonly selects: ReadonlyMap<number, Choice<number>>;
}

/** The service with a refinement. */
export function append(
  service: ServiceModel,
  { classes, states, transitions, selects }: Addition,
  number: number,
): ServiceModel {
  const before = service.classes.flatMap(({ id, select }) => (selects.has(id) ? [{ class: id, select }] : []));
  const layer: Layer = {
    number,
    classes: service.classes.length,
    states: service.states.length,
    ...(before.length > 0 ? { before } : {}),
  };
  return {
    ...service,
    classes: [...service.classes.map((c) => ({ ...c, select: selects.get(c.id) ?? c.select })), ...classes],
    states: [
      ...service.states.map((state) => {
        const more = transitions.get(state.id) ?? [];
        return more.length === 0 ? state : { ...state, transitions: [...state.transitions, ...more] };
      }),
      ...states,
    ],
    layers: [...(service.layers ?? []), layer],
  };
}

/** A service that was not there before, as a refinement of nothing. */
export function appended(service: ServiceModel, number: number): ServiceModel {
  return { ...service, layers: [{ number, classes: 0, states: 0 }] };
}

/** The services without a layer, which is the last one of all that have it. */
export function without(services: readonly ServiceModel[], number: number): ServiceModel[] {
  const layerOf = ({ layers }: ServiceModel): Layer | undefined => layers?.find((layer) => layer.number === number);
  const bounds = new Map(services.map((s) => [serviceName(s), layerOf(s)]));
  return services.flatMap((service): ServiceModel[] => {
    const layer = layerOf(service);
    if (layer?.states === 0) return [];
    const kept = layer ? cut(service, layer) : service;
    return [kept.opened ? { ...kept, opened: openedBefore(kept.opened, bounds) } : kept];
  });
}

function cut(service: ServiceModel, layer: Layer): ServiceModel {
  const { layers = [], ...rest } = service;
  const before = layers.slice(0, -1);
  return {
    ...rest,
    classes: service.classes.slice(0, layer.classes).map((c) => {
      const was = layer.before?.find((b) => b.class === c.id);
      return was ? { ...c, select: was.select } : c;
    }),
    states: service.states.slice(0, layer.states).map((state) => ({
      ...state,
      transitions: state.transitions.filter((t) => t.class < layer.classes && t.to < layer.states),
    })),
    ...(before.length > 0 ? { layers: before } : {}),
  };
}

function openedBefore(opened: Opened, bounds: ReadonlyMap<string, Layer | undefined>): Opened {
  const by = opened.by.map((one) => ({
    ...one,
    states: one.states.filter((state) => state < (bounds.get(one.service)?.states ?? Infinity)),
  }));
  return { ...opened, by: by.filter(({ states }) => states.length > 0) };
}
