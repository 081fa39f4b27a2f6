// @vitest-environment happy-dom
import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Session } from "@/api/types";
import { useTimerName } from "./use-timer-name";

function running(id: string, name: string): Session {
  return {
    id,
    name,
    note: "",
    started_at: "2026-11-21T09:00:00Z",
    ended_at: null,
    duration_seconds: 0,
    project_id: null,
    tags: [],
    billable: false,
    person_id: "p",
    created_at: "2026-11-21T09:00:00Z",
    updated_at: "2026-11-21T09:00:00Z",
    deleted_at: null,
  };
}

type Save = (sessionId: string, name: string, onSettled: (isSaved: boolean) => void) => void;

function open(session: Session | null, isLoaded = true) {
  const save = vi.fn<Save>();
  const hook = renderHook(
    (props: { session: Session | null; isLoaded: boolean }) =>
      useTimerName(props.session, props.isLoaded, save),
    { initialProps: { session, isLoaded } },
  );
  return {
    save,
    text: () => hook.result.current.text,
    type: (text: string) => act(() => hook.result.current.type(text)),
    act: (work: (name: typeof hook.result.current) => void) => act(() => work(hook.result.current)),
    show: (next: Session | null) => hook.rerender({ session: next, isLoaded: true }),
    close: hook.unmount,
  };
}

/** Lets a save that was asked for succeed. */
function succeed(save: ReturnType<typeof vi.fn<Save>>) {
  act(() => save.mock.lastCall?.[2](true));
}

describe("the name in the timer's field", () => {
  beforeEach(() => {
    localStorage.clear();
    vi.useFakeTimers();
  });
  afterEach(() => vi.useRealTimers());

  it("follows the server until somebody types", () => {
    const field = open(running("a", "Gel"));
    expect(field.text()).toBe("Gel");
    field.show(running("a", "Gel, renamed on the phone"));
    expect(field.text()).toBe("Gel, renamed on the phone");
    expect(field.save).not.toHaveBeenCalled();
  });

  it("is not overwritten by an answer that arrives while somebody types", () => {
    const field = open(running("a", "Gel"));
    field.type("Gel elec");
    field.show(running("a", "Gel"));
    expect(field.text()).toBe("Gel elec");
  });

  it("is saved once in a pause of the typing", () => {
    const field = open(running("a", ""));
    field.type("P");
    field.type("PCR");
    act(() => vi.advanceTimersByTime(300));
    field.type("PCR ");
    act(() => vi.advanceTimersByTime(5_000));
    expect(field.save).toHaveBeenCalledTimes(1);
    expect(field.save).toHaveBeenCalledWith("a", "PCR", expect.any(Function));
  });

  it("is saved once when leaving the field and stopping both ask for it", () => {
    const field = open(running("a", ""));
    field.type("PCR");
    field.act((name) => name.saveNow());
    field.act((name) => name.saveNow());
    field.show(null);
    expect(field.save).toHaveBeenCalledTimes(1);
  });

  it("is saved anew after a save that failed", () => {
    const field = open(running("a", ""));
    field.type("PCR");
    field.act((name) => name.saveNow());
    act(() => field.save.mock.lastCall?.[2](false));
    expect(field.text()).toBe("PCR");
    field.act((name) => name.saveNow());
    expect(field.save).toHaveBeenCalledTimes(2);
  });

  it("keeps what was typed during a save that then succeeds", () => {
    const field = open(running("a", ""));
    field.type("PCR");
    field.act((name) => name.saveNow());
    const [, , onSettled] = field.save.mock.lastCall ?? [];
    field.type("PCR, second plate");
    act(() => onSettled?.(true));
    expect(field.text()).toBe("PCR, second plate");
  });

  it("belongs to the server again when it is saved", () => {
    const field = open(running("a", ""));
    field.type("PCR");
    field.act((name) => name.saveNow());
    succeed(field.save);
    field.show(running("a", "PCR, corrected elsewhere"));
    expect(field.text()).toBe("PCR, corrected elsewhere");
  });

  it("outlives a reload until the server has it", () => {
    const before = open(running("a", "Old"));
    before.type("Not saved yet");
    before.close();

    const after = open(running("a", "Old"));
    expect(after.text()).toBe("Not saved yet");
    expect(after.save).toHaveBeenCalledWith("a", "Not saved yet", expect.any(Function));
    succeed(after.save);
    after.close();
    expect(open(running("a", "Old")).text()).toBe("Old");
  });

  it("is given to the session it was typed for when that was stopped elsewhere", () => {
    const field = open(running("a", ""));
    field.type("For the first");
    field.show(running("b", "The second"));
    expect(field.text()).toBe("The second");
    expect(field.save).toHaveBeenCalledWith("a", "For the first", expect.any(Function));
  });

  it("waits for the id of a session that is only being started", () => {
    const field = open(null);
    field.act((name) => name.handOver());
    field.show(running("pending:1", "PCR"));
    field.type("PCR, plate 2");
    act(() => vi.advanceTimersByTime(5_000));
    expect(field.save).not.toHaveBeenCalled();

    field.act((name) => name.started("pending:1", "real"));
    field.show(running("real", "PCR"));
    expect(field.text()).toBe("PCR, plate 2");
    act(() => vi.advanceTimersByTime(1_000));
    expect(field.save).toHaveBeenCalledWith("real", "PCR, plate 2", expect.any(Function));
  });

  it("is saved for a session whose start waits for the server", () => {
    const field = open(null);
    field.act((name) => name.handOver());
    field.show(running("pending:1", "PCR"));
    field.act((name) => name.started("pending:1", "pending:1"));
    field.type("PCR, plate 2");
    act(() => vi.advanceTimersByTime(1_000));
    expect(field.save).toHaveBeenCalledWith("pending:1", "PCR, plate 2", expect.any(Function));
  });

  it("comes back into the field when a start fails, and after a reload before it succeeded", () => {
    const field = open(null);
    field.type("Centrifuge");
    field.act((name) => name.handOver());
    expect(field.text()).toBe("");
    field.act((name) => name.takeBack());
    expect(field.text()).toBe("Centrifuge");

    field.act((name) => name.handOver());
    field.close();
    expect(open(null).text()).toBe("Centrifuge");
  });

  it("saves nothing before it is known what runs", () => {
    localStorage.setItem(
      "benchbook.timer-name",
      JSON.stringify({ session: "a", text: "Left behind" }),
    );
    const field = open(null, false);
    expect(field.save).not.toHaveBeenCalled();
    field.show(running("a", ""));
    expect(field.save).toHaveBeenCalledWith("a", "Left behind", expect.any(Function));
  });
});
