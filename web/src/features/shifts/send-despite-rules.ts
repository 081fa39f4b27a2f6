import { answer, api, newIdempotencyKey } from "@/api/client";
import { isProblem } from "@/api/problem";
import type { ShiftBatch } from "@/api/types";

/**
 * Puts shifts back to what they were before. What somebody let be against a labour rule then is let
 * be again, with the reason that it is taken back.
 */
export async function sendDespiteRules(batch: ShiftBatch, reason: string) {
  const send = (body: ShiftBatch) =>
    answer(
      api.POST("/api/v1/shifts/batch", {
        headers: { "Idempotency-Key": newIdempotencyKey() },
        body,
      }),
    );
  try {
    return await send(batch);
  } catch (error) {
    if (!isProblem(error, "labour_rule_broken")) {
      throw error;
    }
    return send({ ...batch, override_reason: reason });
  }
}
