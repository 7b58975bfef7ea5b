import type { Json, JsonObject } from '../base/json.ts';

// What goes over HTTP, field by field. Names are snake_case, times are ISO 8601 in UTC, amounts are
// US dollars, and what is absent is null, so that a reader never has to tell the two apart.

/** Who did something. */
export interface WirePerson {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
}

/** One distinct input that was asked for. */
export interface WireAsk {
  /** SHA-256 of the input as it will run, before anything was hidden from view. */
  readonly digest: string;
  readonly asked_at: string;
  readonly action_inputs: Json;
  readonly justification: string;
  /** `call` and `assistant` are an agent's own words, which nobody has checked. */
  readonly justification_source: 'call' | 'app' | 'assistant' | 'user' | 'template';
  readonly context: JsonObject | null;
}

/** How far an approval goes. */
export interface WireTerms {
  readonly scope: 'tool' | 'input';
  readonly digest: string | null;
  readonly duration_seconds: number;
  /** Null: as many calls as the caller likes. */
  readonly max_uses: number | null;
}

/** What an approval gave, and what is left of it. */
export interface WireGrant {
  readonly state: 'active' | 'expired' | 'used' | 'revoked';
  readonly scope: 'tool' | 'input';
  readonly digest: string | null;
  readonly granted_at: string;
  readonly expires_at: string;
  readonly used: number;
  readonly uses_left: number | null;
  readonly revoked_by: WirePerson | null;
  readonly revoked_at: string | null;
  readonly revoke_reason: string | null;
}

/** A request as listings show it. */
export interface WireApproval {
  readonly id: string;
  /** The same as `id`, under the name published clients read. */
  readonly approval_id: string;
  readonly status: 'pending' | 'info_requested' | 'approved' | 'rejected' | 'expired' | 'cancelled';
  /** Grows when another input joins; sent back as `expected_version` with a decision. */
  readonly version: number;
  /** The tool. */
  readonly action_name: string;
  readonly policy_name: string;
  /** The caller. */
  readonly agent_id: string;
  readonly agent_roles: readonly string[];
  readonly tenant_id: string | null;
  /** What the tool does, in the words of whoever `description_by` says. */
  readonly description: string | null;
  readonly description_by: 'rule' | 'agent' | null;
  readonly risk_level: 'minimal' | 'low' | 'medium' | 'high' | 'critical';
  readonly priority: 'low' | 'medium' | 'high' | 'critical';
  readonly estimated_cost_usd: number | null;
  /** The input that was asked for first; `asks` has every one. */
  readonly action_inputs: Json;
  /** Inputs (and contexts) were too long for a listing; `GET …/{id}` has them whole. */
  readonly inputs_cut: boolean;
  readonly justification: string;
  readonly asks: readonly WireAsk[];
  readonly times_asked: number;
  readonly created_at: string;
  readonly expires_at: string;
  /** Until when a blocked caller waits; null: nobody blocks. */
  readonly waiting_until: string | null;
  readonly approval_url: string;
  /** Who may decide: the role it takes, and, where the rule names people, who. */
  readonly required_role: string | null;
  readonly approvers: readonly string[];
  readonly required_approvals: number;
  /** The widest that can still be given: what the rule offers, as narrowed by approvals so far. */
  readonly allowed: WireTerms;
  readonly approvals: readonly {
    readonly by: WirePerson;
    readonly at: string;
    readonly note: string | null;
    readonly terms: WireTerms;
  }[];
  /** An approver's question that waits for an answer. */
  readonly info_request_message: string | null;
  readonly decided_at: string | null;
  readonly decided_by: WirePerson | null;
  readonly decided_by_email: string | null;
  /** An approval's note, a rejection's reason, why it was withdrawn. */
  readonly decision_notes: string | null;
  readonly grant: WireGrant | null;
}

/** Whether something may be done, and, where not, which code and what to tell a person. */
export interface WirePermission {
  readonly allowed: boolean;
  readonly code: string | null;
  readonly reason: string | null;
}

/** A request in full, as its own page shows it to one approver. */
export interface WireApprovalDetail extends WireApproval {
  /** The newest approved request of the tool, of the same caller if there is one. */
  readonly last_approved: WireApproval | null;
  readonly timeline: readonly WireEvent[];
  readonly thread: readonly {
    readonly kind: 'question' | 'answer';
    readonly by: WirePerson;
    readonly at: string;
    readonly message: string;
  }[];
  readonly can: {
    readonly approve: WirePermission;
    readonly reject: WirePermission;
    readonly request_info: WirePermission;
    readonly revoke: WirePermission;
  };
}

/** One entry of the log; also what the event stream sends. */
export interface WireEvent {
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly approval_id: string;
  readonly by: WirePerson;
  readonly data: JsonObject;
}

/** `GET …/me`. */
export interface WireMe {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly roles: readonly string[];
}

/** `GET …/pending`. */
export interface WirePending {
  readonly approvals: readonly WireApproval[];
}

/** `GET …/`. */
export interface WirePage {
  readonly approvals: readonly WireApproval[];
  readonly next_cursor: string | null;
}

/** An error: RFC 9457 problem details, with a code. */
export interface WireProblem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  /** Of a 400: the field that is wrong. */
  readonly field?: string;
  /** Of `already_decided`: who decided, and when. */
  readonly decided_by?: string;
  readonly decided_at?: string;
}
