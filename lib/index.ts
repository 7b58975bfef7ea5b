// The main entry point: what an app needs to guard calls, with decisions kept in memory.

export {
  type AiModule,
  type AuthorizationChatClient,
  type AuthorizationChatOptions,
  authorizationChatClient,
} from './ai-sdk/chat-client.ts';
export type { DeniedToolResult } from './ai-sdk/denied-result.ts';
export type { ToolMap } from './ai-sdk/gate-tools.ts';
export type { AiToolCall, CallerOf, JustificationOf } from './ai-sdk/incoming-call.ts';
export type { ApprovalEvent, ApprovalEventType } from './approvals/events.ts';
export type {
  ConversationMessage,
  Justification,
  JustificationSource,
} from './approvals/justification.ts';
export { ANONYMOUS, type Approver, type SecurityContext } from './approvals/people.ts';
export type {
  ApprovalRequest,
  ApprovalState,
  ApprovalStatus,
  InfoRequest,
} from './approvals/projections.ts';
export type { GrantTerms } from './approvals/record.ts';
export type { ApprovalSpec, GrantScope, Priority, Risk } from './approvals/spec.ts';
export type { Statistics } from './approvals/statistics.ts';
export type {
  ApprovalAdmin,
  ApprovalRequests,
  ApprovalStore,
  Ask,
  OwningStore,
  RequestPage,
  RequestQuery,
  Use,
} from './approvals/store.ts';
export type { Clock } from './base/clock.ts';
export { DENIAL_CODES, type DenialCode, type KnownDenialCode } from './base/codes.ts';
export type { Duration } from './base/duration.ts';
export {
  ApprovalError,
  InvalidOptionError,
  SentinelError,
  StoreClosedError,
} from './base/errors.ts';
export type { Logger } from './base/logger.ts';
export type {
  AllowDecision,
  CheckResult,
  Decision,
  DenyDecision,
  MissingApproval,
  RequireApprovalDecision,
  ToolCall,
} from './guard/decision.ts';
export { ToolCallDeniedError } from './guard/denied.ts';
export type {
  AdmissionHooks,
  ApprovalRequiredNotice,
  ApprovalSettledNotice,
  InfoAnswerer,
} from './guard/doorway.ts';
export type { Guard } from './guard/guard.ts';
export {
  type ApprovalRuleOptions,
  type Policy,
  type PolicyCall,
  type PolicyVerdict,
  type Rule,
  requireApproval,
  requireToolPolicy,
} from './guard/rules.ts';
export { memoryStore } from './ledgers/memory.ts';
export { createSentinel, type Sentinel, type SentinelOptions } from './sentinel.ts';
