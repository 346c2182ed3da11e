/** What must survive: events, activities, unknown conversations, in an embedded database. */
export { StoreError } from './errors.js';
export type { StoreErrorCode } from './errors.js';
export type { Due, Lessons } from './lessons.js';
export { State } from './queries.js';
export type { ActivityFilter, EventFilter, Recorded } from './queries.js';
export { DEFAULT_BOUNDS, Recorder } from './recorder.js';
export type { Bounds, Listeners } from './recorder.js';
export type { Activity, ActivitySource, Learned, RecordedSession, Sample, StoredEvent, Whole } from './records.js';
