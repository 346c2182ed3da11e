/** Captures of packets in, reassembled messages in sessions and conversations out. */
export { groupConversations } from './conversations.js';
export { CaptureError } from './errors.js';
export { newReport } from './report.js';
export { type CaptureOptions, readSessions } from './sessions.js';
export type { CaptureReport, Close, Conversation, Endpoint, Message, Outcome, Session, Transport } from './types.js';
