/** What a starter policy is filled in with. All of it is checked where the policy is read. */
export interface StarterPolicy {
  readonly origin: string;
  readonly tenant: string;
  readonly issuedAt: string;
  readonly executor: string;
}

/**
 * A policy for a team that begins: two targets, two actions, seven gates. Written as text, so that its owner finds
 * the reasons beside the rules and goes on from there.
 */
export function starterPolicy({ origin, tenant, issuedAt, executor }: StarterPolicy): string {
  return `# What may change, and who has to say so. The format is docs/spec/policy.md.
# After an edit: raise version and serial, name the predecessor's digest (countersign policy show prints it),
# then: countersign policy check, policy sign, policy publish.
_type: application/vnd.countersign.policy.v1+json
origin: ${quoted(origin)}
tenant: ${quoted(tenant)}
title: Starter policy
version: 1.0.0
serial: 1
predecessor: GENESIS
issued_at: ${quoted(issuedAt)}

# Environment, sensitivity and blast radius come from here, never from whoever asks.
targets:
  - id: production-01
    environment: production
    system: main
    sensitivity: [infrastructure]
    blast_radius: single
    executors: [${quoted(executor)}]
  - id: staging-01
    environment: staging
    system: main
    sensitivity: []
    blast_radius: single
    executors: [${quoted(executor)}]

actions:
  - id: deploy.change
    class: deploy
    effects: []
    irreversible: false
    evidence: [candidate, rollback]
  - id: model.promote
    class: deploy
    effects: [promotion]
    irreversible: false
    evidence: [candidate, lineage, evaluation, resource_profile, safety_and_security, release_plan, rollback]

gates:
  - id: POL-SEC-001
    name: No open critical finding
    hard: true
    when: >-
      has(evidence.safety_and_security) &&
      evidence.safety_and_security.scans.exists(scan, scan.open_findings.critical > 0)
    result: deny
    reason: A scan reports something critical that is still open
  - id: POL-SEC-002
    name: Every hard gate of the safety case passed
    hard: true
    when: >-
      has(evidence.safety_and_security) &&
      !evidence.safety_and_security.hard_gates.all(gate, gate.passed == true)
    result: deny
    reason: At least one hard gate of the safety case did not pass
  - id: POL-EVAL-003
    name: Every scorecard meets its threshold
    hard: false
    when: >-
      has(evidence.evaluation) &&
      !evidence.evaluation.scorecards.all(card, card.passed == true)
    result: deny
    reason: At least one metric is on the wrong side of its threshold
  - id: POL-LC-004
    name: Withdrawn candidates stay withdrawn
    hard: true
    when: evidence.candidate.lifecycle_state in ["retired", "quarantined", "revoked"]
    result: deny
    reason: The candidate was retired, quarantined or revoked
  - id: POL-PROD-005
    name: Production change requires approval
    hard: false
    when: target.environment == "production"
    result: escalate
    reason: The target is in production

risk:
  # A score is the weighted mean of the factors; a missing input is the worst case.
  factors:
    - id: environment
      source: policy
      weight: 0.5
      cases:
        - { when: target.environment == "production", value: 0.9, reason: production }
        - { when: target.environment == "staging", value: 0.3, reason: staging }
        - { when: target.environment == "dev", value: 0.1, reason: development }
      otherwise: { value: 1, reason: an unknown environment counts as production }
    - id: effects
      source: policy
      weight: 0.3
      cases:
        - { when: size(action.effects) > 0, value: 0.8, reason: it promotes or widens what runs }
        - { when: size(action.effects) == 0, value: 0.3, reason: an ordinary change }
      otherwise: { value: 1, reason: unknown effects }
    - id: reversibility
      source: policy
      weight: 0.2
      cases:
        - { when: action.irreversible, value: 1, reason: cannot be undone }
        - { when: "!action.irreversible", value: 0.2, reason: "can be undone, if a tested rollback is at hand" }
      otherwise: { value: 1, reason: unknown whether it can be undone }
  thresholds:
    band_low_max: 0.25
    band_med_max: 0.55
    band_high_max: 0.85
    band_critical_min: 0.85

# The first route whose condition holds is taken.
routes:
  - id: guarded
    when: risk.band in ["high", "critical"] || "promotion" in action.effects
    slots:
      - { role: release_owner, signatures: 1 }
      - { role: security_owner, signatures: 1 }
  - id: ordinary
    when: "true"
    slots:
      - { role: release_owner, signatures: 1 }

duties:
  # Whoever asks, whoever made the candidate and whoever vouches for its evidence are different people, except in:
  may_coincide_in: [low]

cancel_roles: [release_owner, security_owner]

times:
  decision_s: 86400
  approval_life_s: 3600
  permit_life_s: 600
  confirmation_s: 3600
  evidence_age_s: 604800
  rollback_test_age_s: 2592000
`;
}

/** A YAML scalar that says exactly this text; the readers check what may stand there. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
