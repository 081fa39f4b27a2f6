import { expect, test } from "vitest";
import { plainlyWrong, recognisedFormat } from "./import-format";

test.each([
  [
    "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags,Amount (EUR)",
    "toggl",
  ],
  ["Description,Start date,Start time,Stop date,Stop time,Duration", "toggl"],
  ['\uFEFF"Description","Start date","Start time","Duration"\r\nx', "toggl"],
  [
    "Project,Client,Description,Task,User,Group,Email,Tags,Billable,Start Date,Start Time,End Date,End Time,Duration (h),Duration (decimal)",
    "clockify",
  ],
  ["Project;Description;Start Date;Start Time;End Date;End Time", "clockify"],
  [
    "id,name,note,person,email,project,client,tags,billable,date,start,end,duration,duration_seconds,time_zone",
    "benchbook",
  ],
  ["name\tstart\tend", "benchbook"],
  ["a,b,c", null],
  ["", null],
] as const)("knows who wrote %j", (header, format) => {
  expect(recognisedFormat(header)).toBe(format);
});

test.each([
  ["a.csv", [], 0, "empty"],
  ["a.csv", [0x50, 0x4b, 3, 4], 9, "workbook"],
  ["a.xlsx", [1], 9, "workbook"],
  ["a.pdf", [0x25, 0x50, 0x44, 0x46], 9, "PDF"],
] as const)("says what is wrong with %s", (name, bytes, size, word) => {
  expect(plainlyWrong(name, new Uint8Array(bytes), size)).toContain(word);
});

test("takes what begins like text", () => {
  expect(plainlyWrong("a.csv", new TextEncoder().encode("name,start"), 10)).toBeNull();
});
