/** Short names for what the contract calls by path. */
import type { paths } from "./schema";

type Answer<Operation, Status extends number> = Operation extends {
  responses: Record<Status, { content: { "application/json": infer Body } }>;
}
  ? Body
  : never;

type Api = "/api/v1";

export type Session = Answer<paths[`${Api}/sessions/{session_id}`]["get"], 200>;
export type SessionPage = Answer<paths[`${Api}/sessions`]["get"], 200>;
export type SessionTotals = Answer<paths[`${Api}/sessions/totals`]["get"], 200>;
export type SessionImport = Answer<paths[`${Api}/sessions/imports/{import_id}`]["get"], 200>;
export type SessionImportSummary = Answer<
  paths[`${Api}/sessions/imports`]["get"],
  200
>["items"][number];
export type HoursReport = Answer<paths[`${Api}/reports/hours`]["get"], 200>;
export type Timer = Answer<paths[`${Api}/timer`]["get"], 200>;
export type TimerStarted = Answer<paths[`${Api}/timer/start`]["post"], 201>;
export type Me = Answer<paths[`${Api}/me`]["get"], 200>;
export type Person = Me["person"];
export type Role = Person["role"];
export type Project = Answer<paths[`${Api}/projects/{project_id}`]["get"], 200>;
export type Client = Answer<paths[`${Api}/clients/{client_id}`]["get"], 200>;
export type Tag = Answer<paths[`${Api}/tags/{tag_id}`]["get"], 200>;
export type ChangedSessions = Answer<paths[`${Api}/sessions/bulk`]["post"], 200>;
export type BulkChange = NonNullable<
  paths[`${Api}/sessions/bulk`]["post"]["requestBody"]
>["content"]["application/json"];
export type ApiToken = Answer<paths[`${Api}/api-tokens`]["get"], 200>["items"][number];
export type CalendarFeed = Answer<paths[`${Api}/calendar-feeds`]["get"], 200>["items"][number];
export type CalendarFeedWithAddress = Answer<paths[`${Api}/calendar-feeds`]["post"], 201>;
export type Webhook = Answer<paths[`${Api}/webhooks`]["get"], 200>["items"][number];
export type WebhookWithSecret = Answer<paths[`${Api}/webhooks`]["post"], 201>;
export type WebhookEvent = Webhook["events"][number];
export type WebhookDelivery = Answer<
  paths[`${Api}/webhooks/{webhook_id}/deliveries`]["get"],
  200
>["items"][number];
export type FindingPage = Answer<paths[`${Api}/sessions/checks`]["get"], 200>;
export type Finding = FindingPage["items"][number];
export type Repair = Answer<paths[`${Api}/sessions/repairs/{repair_id}`]["get"], 200>;
export type CheckSettings = Answer<paths[`${Api}/sessions/checks/settings`]["get"], 200>;
export type TimerCheck = Answer<paths[`${Api}/timer/check`]["get"], 200>;
export type Target = Answer<paths[`${Api}/targets/{target_id}`]["get"], 200>;
export type BalanceReport = Answer<paths[`${Api}/reports/balance`]["get"], 200>;
export type TargetProgress = Answer<paths[`${Api}/targets/progress`]["get"], 200>;
export type SessionFilters = NonNullable<
  paths[`${Api}/sessions/totals`]["get"]["parameters"]["query"]
>;
export type Timesheet = Answer<paths[`${Api}/timesheets`]["get"], 200>["items"][number];
export type TimesheetStatus = Timesheet["status"];
export type LockedPeriod = Answer<paths[`${Api}/locked-periods/{locked_period_id}`]["get"], 200>;
export type LockedSpan = Answer<paths[`${Api}/locked-spans`]["get"], 200>["items"][number];
export type Employee = Answer<paths[`${Api}/employees/{employee_id}`]["get"], 200>;
export type DeletedEmployee = Answer<
  paths[`${Api}/employees/deleted`]["get"],
  200
>["items"][number];
export type Skill = Answer<paths[`${Api}/skills/{skill_id}`]["get"], 200>;
export type Location = Answer<paths[`${Api}/locations/{location_id}`]["get"], 200>;
export type Position = Answer<paths[`${Api}/positions/{position_id}`]["get"], 200>;
export type LeaveRequest = Answer<paths[`${Api}/leave-requests/{leave_request_id}`]["get"], 200>;
export type LeaveKind = LeaveRequest["kind"];
export type LeaveStatus = LeaveRequest["status"];
export type NewLeaveRequest = NonNullable<
  paths[`${Api}/leave-requests`]["post"]["requestBody"]
>["content"]["application/json"];
export type Availability = Answer<paths[`${Api}/availability/{availability_id}`]["get"], 200>;
export type NewAvailability = NonNullable<
  paths[`${Api}/availability`]["post"]["requestBody"]
>["content"]["application/json"];
export type Shift = Answer<paths[`${Api}/shifts/{shift_id}`]["get"], 200>;
export type ShiftBatch = NonNullable<
  paths[`${Api}/shifts/batch`]["post"]["requestBody"]
>["content"]["application/json"];
export type ShiftBatchOutcome = Answer<paths[`${Api}/shifts/batch`]["post"], 200>;
export type OpenShift = Answer<paths[`${Api}/open-shifts/{open_shift_id}`]["get"], 200>;
export type OpenShiftBatch = NonNullable<
  paths[`${Api}/open-shifts/batch`]["post"]["requestBody"]
>["content"]["application/json"];
export type OpenShiftBatchOutcome = Answer<paths[`${Api}/open-shifts/batch`]["post"], 200>;
export type OpenShiftEligibility = Answer<
  paths[`${Api}/open-shifts/eligibility`]["get"],
  200
>["items"][number];
export type Candidate = Answer<
  paths[`${Api}/shifts/{shift_id}/candidates`]["get"],
  200
>["items"][number];
export type SwapCandidate = Answer<
  paths[`${Api}/shifts/{shift_id}/swap-candidates`]["get"],
  200
>["items"][number];
export type Obstacle = SwapCandidate["obstacles"][number];
export type ShiftRequest = Answer<paths[`${Api}/shift-requests/{shift_request_id}`]["get"], 200>;
export type NewShiftRequest = NonNullable<
  paths[`${Api}/shift-requests`]["post"]["requestBody"]
>["content"]["application/json"];
export type ShiftDecision = NonNullable<
  paths[`${Api}/shift-requests/{shift_request_id}`]["patch"]["requestBody"]
>["content"]["application/json"];
export type ShiftRequestCheck = Answer<
  paths[`${Api}/shift-requests/{shift_request_id}/check`]["get"],
  200
>;
export type ShiftRequestSettings = Answer<paths[`${Api}/shift-request-settings`]["get"], 200>;
export type Notification = Answer<paths[`${Api}/notifications`]["get"], 200>["items"][number];
export type ShiftClosing = Answer<paths[`${Api}/shift-closing`]["get"], 200>;
export type StaffingPlan = Answer<paths[`${Api}/staffing-needs`]["get"], 200>;
export type StaffingNeed = StaffingPlan["needs"][number];
export type ShiftTemplate = Answer<paths[`${Api}/shift-templates`]["get"], 200>["items"][number];
export type NewShiftTemplate = NonNullable<
  paths[`${Api}/shift-templates`]["post"]["requestBody"]
>["content"]["application/json"];
export type ShiftPattern = Answer<paths[`${Api}/shift-patterns`]["get"], 200>["items"][number];
export type NewShiftPattern = NonNullable<
  paths[`${Api}/shift-patterns`]["post"]["requestBody"]
>["content"]["application/json"];
export type GenerateShifts = NonNullable<
  paths[`${Api}/shift-patterns/{shift_pattern_id}/generate`]["post"]["requestBody"]
>["content"]["application/json"];
export type GeneratedShifts = Answer<
  paths[`${Api}/shift-patterns/{shift_pattern_id}/generate`]["post"],
  200
>;
export type ShiftGeneration = Answer<
  paths[`${Api}/shift-generations`]["get"],
  200
>["items"][number];
export type LabourRule = Answer<paths[`${Api}/labour-rules`]["get"], 200>["items"][number];
export type NewLabourRule = NonNullable<
  paths[`${Api}/labour-rules`]["post"]["requestBody"]
>["content"]["application/json"];
export type LabourRuleViolation = Answer<
  paths[`${Api}/shifts/checks`]["get"],
  200
>["items"][number];
export type PlannedHours = Answer<paths[`${Api}/reports/shifts`]["get"], 200>;
export type PublishedShifts = Answer<paths[`${Api}/shifts/publish`]["post"], 200>;
export type Rate = Answer<paths[`${Api}/rates/{rate_id}`]["get"], 200>;
export type BillingSettings = Answer<paths[`${Api}/billing-settings`]["get"], 200>;
export type Collection = Answer<paths[`${Api}/collections/{collection_id}`]["get"], 200>;
export type SequenceSummary = Answer<paths[`${Api}/sequences`]["get"], 200>["items"][number];
export type Sequence = Answer<paths[`${Api}/sequences/{sequence_id}`]["get"], 200>;
export type SequenceFeature = Answer<
  paths[`${Api}/sequences/{sequence_id}/features`]["get"],
  200
>["items"][number];
export type SequenceReference = Sequence["copies"][number];
export type NewSequence = NonNullable<
  paths[`${Api}/sequences`]["post"]["requestBody"]
>["content"]["application/json"];
export type SequenceChange = NonNullable<
  paths[`${Api}/sequences/{sequence_id}`]["patch"]["requestBody"]
>["content"]["application/json"];
export type SequenceImport = Answer<
  paths[`${Api}/sequences/imports/{sequence_import_id}`]["get"],
  200
>;
export type SequenceImportSummary = Answer<
  paths[`${Api}/sequences/imports`]["get"],
  200
>["items"][number];
export type SearchAnswer = Answer<paths[`${Api}/sequences/search`]["get"], 200>;
export type SearchHit = SearchAnswer["items"][number];
