/** How much somebody has to do with an event, from nothing to at once. */
export const SEVERITIES = ['info', 'notice', 'warning', 'alert'] as const;

export type Severity = (typeof SEVERITIES)[number];
