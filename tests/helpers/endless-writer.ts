/** Writes one model after the other to the same place until it is killed; a dot for each. */
import { writeModel } from '../../src/model/store/index.js';
import { generation } from './models.js';

const [place = '', start = '0'] = process.argv.slice(2);
for (let n = Number(start); ; n = (n + 1) % 200) {
  await writeModel(place, generation(n));
  process.stdout.write('.');
}
