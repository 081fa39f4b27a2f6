import { useRef } from "react";
import { answer, api, newIdempotencyKey } from "@/api/client";
import type { ShiftBatch } from "@/api/types";

/**
 * What a form saves is answered to the form, so that it can say what was refused. The same content
 * sent again is the same request.
 */
export function useSaveShifts() {
  const key = useRef({ batch: "", key: "" });
  return (batch: ShiftBatch) => {
    const text = JSON.stringify(batch);
    if (key.current.batch !== text) {
      key.current = { batch: text, key: newIdempotencyKey() };
    }
    return answer(
      api.POST("/api/v1/shifts/batch", {
        headers: { "Idempotency-Key": key.current.key },
        body: batch,
      }),
    );
  };
}
