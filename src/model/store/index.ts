/** Models on disk: a folder that a person can read, compare and keep under version control. */
export { ModelError } from '../errors.js';
export type { ModelErrorCode } from '../errors.js';
export { readModel } from './read.js';
export {
  adoptVersion,
  approveVersion,
  dropVersions,
  listVersions,
  nextVersion,
  putAside,
  undoVersion,
  versionOf,
} from './versions.js';
export type { VersionInfo } from './versions.js';
export { watchModel, type Watch } from './watch.js';
export { checkPlace, writeModel } from './write.js';
