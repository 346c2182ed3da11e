import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { arbitraryModel, tinyModel } from '../../tests/helpers/models.js';
import { pack, unpack } from './pack.js';

it('what is unpacked is what was packed, but for what only people ask about', () => {
  fc.assert(
    fc.property(arbitraryModel, ({ services }) => {
      const packed = pack(services);
      const again = packed.services.map((service) => unpack(service, packed.literals));
      const bare = services.map((service) => ({
        ...service,
        training: { ...service.training, leftOut: {}, remarks: [] },
      }));
      expect(again).toEqual(bare);
    }),
    { numRuns: 50 },
  );
});

it('a long byte string that services share is held once', () => {
  const long = new Uint8Array(5000).fill(0x41);
  const services = [tinyModel({ greeting: long }), tinyModel({ answer: long, port: 2 })].flatMap((m) => m.services);
  expect(pack(services).literals).toEqual({
    [createHash('sha256').update(long).digest('hex')]: Buffer.from(long).toString('base64'),
  });
});
