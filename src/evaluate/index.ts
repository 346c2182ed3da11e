/** How well machines answer: cross-validation, replay, thresholds. */
export { DEFAULT_FOLDS, DEFAULT_MOST, crossValidate } from './crossvalidate.js';
export type { Column, EvaluateOptions, Evaluation, ExplainedMiss, ServiceEvaluation } from './crossvalidate.js';
export { groupBy, isUsable, sampleSessions, serviceOf } from './folds.js';
export { heatmap } from './heatmap.js';
export type { Score } from './score.js';
export { surfaceOf, type Surface } from './surface.js';
export { type Thresholds, chooseThresholds } from './thresholds.js';
