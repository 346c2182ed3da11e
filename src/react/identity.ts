/** Where the real host's own names and addresses stand in what was learned from it. */
import { toLatin1 } from '../bytes/bytes.js';
import { SPELLINGS } from '../learn/refine/samples.js';
import { serviceName } from '../model/names.js';
import type { Model } from '../model/types.js';

/** The bytes of an IPv4 address; null for other texts. */
function addressBytes(text: string): string | null {
  const parts = text.split('.').map(Number);
  return parts.length === 4 && parts.every((part) => part >= 0 && part < 256) ? String.fromCharCode(...parts) : null;
}

/** In sentences, which new states and classes hold one of the texts: as text, in UTF-16, or as the bytes of an address. */
export function holds(before: Model, after: Model, texts: readonly string[]): string[] {
  const known = new Map(before.services.map((s) => [serviceName(s), s]));
  return after.services.flatMap((service) => {
    const old = known.get(serviceName(service));
    return texts.flatMap((text) => {
      const written = [...SPELLINGS.map((spell) => spell(text)), addressBytes(text) ?? text];
      const has = (part: unknown): boolean => stringsIn(part).some((s) => written.some((w) => s.includes(w)));
      const states = service.states.slice(old?.states.length ?? 0).filter(has).length;
      const classes = service.classes.slice(old?.classes.length ?? 0).filter(has).length;
      if (states + classes === 0) return [];
      return [
        `${serviceName(service)}: «${text}» stands in ${states} new answers and ${classes} new classes; --replace puts something else there`,
      ];
    });
  });
}

function stringsIn(part: unknown): string[] {
  if (part instanceof Uint8Array) return [toLatin1(part)];
  return typeof part === 'object' && part !== null ? Object.values(part).flatMap(stringsIn) : [];
}
