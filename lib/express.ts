// The inbox for Express: the panel, the JSON API and the event stream.

export type { Authenticate } from './inbox/identity.ts';
export { type ApprovalsRouterOptions, approvalsRouter } from './inbox/router.ts';
