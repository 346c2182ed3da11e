/** The only sockets: listeners that let a model answer in the server's place. */
export { ListenError } from './errors.js';
export type { ListenErrorCode } from './errors.js';
export type { Ending, Log, OfSession, ServeEvent, SessionSums } from './events.js';
export { DEFAULT_BACKEND_LIMITS } from './backend.js';
export type { BackendLimits, BackendOptions } from './backend.js';
export { DEFAULT_LIMITS } from './limits.js';
export type { Limits } from './limits.js';
export { startServer } from './serve.js';
export type { Place, RunningServer, ServeOptions } from './serve.js';
export type { ServerSums } from './session.js';
export { playConversation } from './player.js';
export type { Replayed, ReplayedSession, Target } from './player.js';
